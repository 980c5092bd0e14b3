#!/usr/bin/env bash
# Installs what the tests talk to: Chromium, DCMTK, dicom3tools, Orthanc with DICOMweb, an HL7 receiver that is not ours, pydicom, scikit-learn. Debian packages; needs root or sudo.
# Does nothing, quickly, when everything is there.
set -euo pipefail
packages=(chromium dcmtk dicom3tools orthanc orthanc-dicomweb python3-h5py python3-hl7 python3-onnx python3-pydicom python3-sklearn python3-torch openssl)

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
