#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# On a bare Debian 12 or 13, as root: installs what the tests need, builds berth in build-test/ with warnings as errors, and
# runs all tests: unit, golden, fuzz corpora (make check), then bats.  The last line is "N passed, N failed, N skipped".
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/contrib/lib.sh"

install_packages $BUILD_PACKAGES $RUN_PACKAGES $TEST_PACKAGES || exit 1
build_berth "$here/build-test" --enable-werror || { echo "the build failed" >&2; exit 1; }
exec "$here/tests/run-all" "$here/build-test"
