#!/bin/sh
# Tries the executable PROGRAM on the system that it was built for, against the emulator inside it.
set -eu

expect() {
  code=$1
  shift
  status=0
  "$PROGRAM" "$@" || status=$?
  if [ "$status" -ne "$code" ]; then
    echo "Exit code $status in place of $code: $*" >&2
    exit 1
  fi
}

folder=$(mktemp -d)
chmod +x "$PROGRAM"
if [ "${PROGRAM#dist/}" != "$PROGRAM" ]; then
  (cd dist && grep " [ *]*${PROGRAM#dist/}\$" SHA256SUMS | shasum -a 256 -c -)
fi

expect 0 --version --verbose
expect 0 user alex@contoso.com '$servicedesk@contoso.com' --what-if --cloud emulator
expect 0 group 0c000000-0000-4000-8000-000000000001 --cloud emulator
expect 0 me --cloud emulator
expect 1 user nobody@contoso.com --cloud emulator
expect 2 user alex@contoso.com --zzz
printf 'alex@contoso.com\r\nlee@contoso.com\r\n' | expect 0 user - --yes --cloud emulator

# In a process of its own, with its settings: one removal for each way to sign in.
mkfifo "$folder/settings"
"$PROGRAM" emulator > "$folder/settings" &
emulator=$!
trap 'kill "$emulator" 2> /dev/null || true; rm -rf "$folder"' EXIT
while read -r line; do
  case $line in
    '# export GRAPH_ACCESS_TOKEN='*) break ;;
    '#'*) ;;
    *) eval "$line" ;;
  esac
done < "$folder/settings"
expect 0 doctor
expect 0 user alex@contoso.com
unset AZURE_CLIENT_SECRET
expect 0 user diego@contoso.com --backup "$folder/photos" --report "$folder/run.ndjson"
expect 0 restore "$folder/photos" --yes
kill "$emulator"
wait "$emulator"
