@echo off
rem Tries the executable PROGRAM as cmd starts it, against the emulator inside it.
set "EXE=%PROGRAM:/=\%"

"%EXE%" user "$servicedesk@contoso.com" -WhatIf --cloud emulator || exit /b 1
"%EXE%" -UserId:"alex@contoso.com,diego@contoso.com" -Confirm:$false --cloud emulator || exit /b 1
echo alex@contoso.com| "%EXE%" user - --yes --cloud emulator || exit /b 1
"%EXE%" /? > nul || exit /b 1
"%EXE%" user alex@contoso.com --zzz
if not %ERRORLEVEL% == 2 exit /b 1
"%EXE%" user nobody@contoso.com --cloud emulator
if not %ERRORLEVEL% == 1 exit /b 1
exit /b 0
