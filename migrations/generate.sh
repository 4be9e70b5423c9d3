#!/bin/sh
# generate.sh OUT.c NNNN_name.sql...: the migrations as a C table
set -eu
out=$1
shift
{
	echo '/* Made from migrations/ by migrations/generate.sh. */'
	echo '#include "migrate.h"'
	echo
	echo 'const struct migration migrations[] = {'
	for file in "$@"; do
		name=$(basename "$file" .sql)
		version=$(echo "${name%%_*}" | sed 's/^0*//')
		printf '\t{ %s, "%s",\n' "$version" "$name"
		sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/\t/\\t/g' -e 's/^/\t  "/' -e 's/$/\\n"/' "$file"
		printf '\t},\n'
	done
	printf '\t{ 0, NULL, NULL },\n};\n'
} >"$out"
