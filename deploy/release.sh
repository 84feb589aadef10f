#!/usr/bin/env bash
# Builds what is handed out, into the folder dist: the program for Linux on amd64 and arm64, a software bill of materials of each (CycloneDX, with
# licences) and their hashes. The same commit gives the same bytes, wherever it is built with the same Go: the program is built twice, in two
# folders, and compared. It asks no network but that of the module proxy.
set -euo pipefail
cd "$(dirname "$0")/.."

SBOM=github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

if [ -n "$(git status --porcelain)" ]; then
	echo "there are changes that no commit has: what is built from them has no name" >&2
	exit 1
fi
# The version is the nearest tag's, as git describe writes it; go build puts the commit beside it.
version=$(git describe --tags --always)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

GOBIN="$work" CGO_ENABLED=0 go install "$SBOM"
rm -rf dist
mkdir -p dist
for folder in one another; do
	git clone -q --no-hardlinks . "$work/$folder"
	for arch in amd64 arm64; do
		(cd "$work/$folder" && CGO_ENABLED=0 GOOS=linux GOARCH=$arch GOFLAGS=-buildvcs=true go build -trimpath -ldflags "-s -w -buildid=" -o "$work/$folder-$arch" ./cmd/apsid)
	done
done
for arch in amd64 arm64; do
	cmp "$work/one-$arch" "$work/another-$arch"
	cp "$work/one-$arch" "dist/apsid-linux-$arch"
	# All modules are here already, and nobody needs to hear of our own.
	GOPROXY=off "$work/cyclonedx-gomod" bin -json -licenses -version "$version" -output "dist/apsid-linux-$arch.cdx.json" "dist/apsid-linux-$arch"
	# What the program says of itself and what the bill lists are the same modules.
	diff <(go version -m "dist/apsid-linux-$arch" | awk '$1 == "dep" { print $2 "@" $3 }' | sort) \
		<(grep -o '"purl": "pkg:golang/[^"?]*' "dist/apsid-linux-$arch.cdx.json" | sed 's|.*pkg:golang/||' | grep -v '^github.com/apscloud/apsid@' | grep -v '^std@' | sort -u)
done
(cd dist && sha256sum -- * > SHA256SUMS && cat SHA256SUMS)
echo "apsid $version"
