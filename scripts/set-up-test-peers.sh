#!/usr/bin/env bash
# Installs what the tests talk to: DCMTK, dicom3tools, Orthanc, an HL7 receiver that is not ours, pydicom, scikit-learn. Debian packages; needs root or sudo.
# Does nothing, quickly, when everything is there.
set -euo pipefail
packages=(dcmtk dicom3tools orthanc python3-hl7 python3-onnx python3-pydicom python3-sklearn openssl)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

run=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Install these packages as root first: ${missing[*]}" >&2; exit 1; }
  run=(sudo)
fi
command -v apt-get >/dev/null || { echo "This system has no apt-get. Install what corresponds to: ${missing[*]}" >&2; exit 1; }

echo "Installing for the tests: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get update -qq
"${run[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
