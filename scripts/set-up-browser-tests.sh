#!/usr/bin/env bash
# Fetches the built pages of the OHIF viewer, in which the browser tests open results: 200 MB unpacked, so no dependency of the project. From the package
# registry, checked against the digest below, into the user's cache.
# Does nothing, quickly, when everything is there.
set -euo pipefail
version=3.13.2
sha512='WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA=='
home="${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}"
folder="${XDG_CACHE_HOME:-$home/.cache}/sonorelay/ohif-$version"

[ -f "$folder/dist/index.html" ] && exit 0
echo "Fetching the OHIF viewer $version for the browser tests"
fetched="$(mktemp -d)"
trap 'rm -rf "$fetched"' EXIT
npm pack "@ohif/app@$version" --silent --pack-destination "$fetched" >/dev/null
archive="$fetched/ohif-app-$version.tgz"
found="$(openssl dgst -sha512 -binary "$archive" | base64 -w0)"
[ "$found" = "$sha512" ] || { echo "The package has another digest than expected: $found" >&2; exit 1; }
mkdir -p "$fetched/package" "$(dirname "$folder")"
tar -xzf "$archive" -C "$fetched/package" --strip-components=1
rm -rf "$folder"
mv "$fetched/package" "$folder"
