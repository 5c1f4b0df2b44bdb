# Sourced by run and check: makes .venv in the checkout and keeps it in step with pyproject.toml.
# The caller has set ROOT, the absolute path of the checkout, and `set -euo pipefail`.

VENV="$ROOT/.venv"

say() { printf 'wormlife: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

require_platform() {
  local got
  got="$(uname -s) $(uname -m)"
  [ "$got" = "Linux x86_64" ] || die "this machine is $got, but pybullet has wheels for Linux x86_64" \
    "alone; use a Linux x86_64 machine, virtual machine or container"
}

is_python_311() {
  "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) or sys.implementation.name != "cpython")' \
    >/dev/null 2>&1
}

# Prints the interpreter to build with; fails when there is none.
find_python_311() {
  local name
  for name in python3.11 python3 python; do
    if is_python_311 "$name"; then
      printf '%s\n' "$name"
      return 0
    fi
  done
  return 1
}

make_venv() {
  local python
  # uv comes first because it can fetch Python 3.11 itself; where it cannot, an installed one will do.
  if command -v uv >/dev/null && uv venv --quiet --allow-existing --seed --python 3.11 "$VENV"; then
    return 0
  fi
  python="$(find_python_311)" || die "Python 3.11 was not found (python3 is" \
    "$(python3 --version 2>&1 || echo missing)); install it (Debian, Ubuntu: apt install python3.11" \
    "python3.11-venv) or install uv, which fetches it, and call again"
  "$python" -m venv "$VENV" || die "$python could not make $VENV; on Debian and Ubuntu install" \
    "python3.11-venv and call again"
}

# Installs the checkout with an extra, or several joined by commas. pybullet is taken as a wheel only:
# building it takes an hour and, without numpy at build time, gives a slower library.
install_checkout() {
  local installer=("$VENV/bin/python" -m pip install --quiet --disable-pip-version-check)
  if command -v uv >/dev/null; then
    installer=(uv pip install --quiet --python "$VENV/bin/python")
  fi
  (cd "$ROOT" && "${installer[@]}" --only-binary pybullet --editable ".[$1]")
}

# Where the checkout lies is part of the key: scripts in .venv hold absolute paths.
environment_key() { { cat "$ROOT/pyproject.toml" && printf '%s\n' "$ROOT"; } | sha256sum; }

is_current() {
  local extra
  [ ! -e "$VENV/.unfinished" ] || return 1
  for extra in "$@"; do
    [ "$(cat "$VENV/.installed-$extra" 2>/dev/null)" = "$(environment_key)" ] && return 0
  done
  return 1
}

# prepare_environment EXTRA [SUPERSET]: leaves .venv with the extra (or extras) installed; SUPERSET
# names one that contains it. The stamp is written last; a kill leaves .unfinished, and the next call
# starts afresh.
prepare_environment() {
  require_platform
  is_current "$@" && return 0
  exec 9<"$ROOT/pyproject.toml"  # the lock: two first calls at once must not build the same .venv
  flock --nonblock 9 || { say "waiting for another call that is setting up" && flock 9; }
  if ! is_current "$@"; then
    update_environment "$1"
  fi
  exec 9<&-
}

update_environment() {
  local extra="$1" started=$SECONDS
  if [ -e "$VENV/.unfinished" ] || { [ -e "$VENV" ] && ! is_python_311 "$VENV/bin/python"; }; then
    say "$VENV is unfinished or not Python 3.11; removing it"
    rm -rf "$VENV"
  fi
  if [ ! -e "$VENV" ]; then
    say "making $VENV"
    mkdir "$VENV"
    : >"$VENV/.unfinished"
    make_venv
  fi
  say "installing wormlife[$extra] and what it needs (first time: hundreds of megabytes, minutes)"
  : >"$VENV/.unfinished"
  if ! install_checkout "$extra"; then
    rm "$VENV/.unfinished"  # a refused install, unlike a killed one, leaves a usable .venv
    die "installing wormlife[$extra] failed, see above; check the network and call again"
  fi
  environment_key >"$VENV/.installed-$extra"
  rm "$VENV/.unfinished"
  say "ready after $((SECONDS - started)) s"
}
