#!/bin/sh
# Make configure and config.h.in. Needs autoconf and pkg-config's pkg.m4, not automake: autoconf
# reads aclocal.m4 by itself.
set -eu
cd "$(dirname "$0")"
m4=
for d in "${ACLOCAL_DIR:-}" /usr/share/aclocal /usr/local/share/aclocal; do
	if [ -n "$d" ] && [ -f "$d/pkg.m4" ]; then
		m4=$d/pkg.m4
		break
	fi
done
if [ -z "$m4" ]; then
	echo "autogen.sh: pkg.m4 not found; install pkg-config or set ACLOCAL_DIR" >&2
	exit 1
fi
cp "$m4" aclocal.m4
autoheader -f
autoconf -f
