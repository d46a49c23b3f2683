#!/bin/sh
# Makes every raster icon from the drawings. Needs rsvg-convert (librsvg) and Python 3; what it makes is kept in the repository.
set -eu
cd "$(dirname "$0")"
png() { rsvg-convert --width "$2" --height "$2" "$1" --output "$3"; }
png ahoy.svg 32 32x32.png
png ahoy.svg 64 64x64.png
png ahoy.svg 128 128x128.png
png ahoy.svg 256 256x256.png
png ahoy.svg 512 icon.png
python3 pack.py ahoy.svg icon.ico icon.icns
for state in online offline busy missed away; do png "tray-$state.svg" 64 "tray-$state.png"; done
