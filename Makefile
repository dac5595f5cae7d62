# What a person types. CMake builds (CMakePresets.json); this installs what is missing and strings the steps together.
#
#   make sweep TARGETS="127.0.0.0/24"
#   make test

# Debian 12's names, and the only place where they are listed.
BUILD_PACKAGES = cmake g++ libc-ares-dev libcap-ng-dev libcap2-bin libcli11-dev libexpat1-dev libfmt-dev libmnl-dev \
                 libpcap-dev libpng-dev libroaring-dev libsimdjson-dev libsodium-dev libxdp-dev ninja-build \
                 nlohmann-json3-dev pkg-config
TEST_PACKAGES  = chromium chromium-driver clang fping iproute2 iputils-ping iputils-tracepath jq libbpf-dev \
                 libgmock-dev libgtest-dev libnmap-parser-perl libxml2-utils man-db masscan mtr-tiny nftables nmap python3 \
                 python3-jsonschema python3-libnmap python3-pytest python3-selenium python3-yaml scdoc sqlite3 tcpdump traceroute \
                 tshark util-linux zmap
SLURM_PACKAGES = iproute2 munge nftables python3 python3-jsonschema python3-pytest slurm-wlm
LINT_PACKAGES  = clang-19 clang-format-19 clang-tidy-19 cppcheck libclang-rt-19-dev

PREFIX       ?= /usr/local
FUZZ_SECONDS ?= 30

root         := $(filter 0,$(shell id -u))
sudo         := $(if $(root),,sudo)
program      := build/release/echosweep
manuals      := $(patsubst man/%.scd,build/%,$(wildcard man/*.1.scd))
werror        = -DECHOSWEEP_WARNINGS_AS_ERRORS=$(if $(CI),ON,OFF)
all_tests     = -DCMAKE_REQUIRE_FIND_PACKAGE_GTest=ON -DCMAKE_REQUIRE_FIND_PACKAGE_Python3=ON
cxx_files     = find src tests bench -name '*.cpp' -o -name '*.hpp'

.PHONY: all help release tests sweep test test-slurm install files package uninstall format lint asan tsan fuzz bench clean \
        build-packages test-packages lint-packages scdoc-package
.DEFAULT_GOAL := all

all: build-packages release ## build the program (build/release/echosweep)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

# ---- packages ----------------------------------------------------------------------------------------------------

# $(call need,PACKAGES): installs those that dpkg does not know as installed; says nothing where there are none.
define need
@command -v dpkg-query >/dev/null || { echo "no Debian here: install yourself what plays the part of: $(1)" >&2; exit 0; }; \
missing=$$(for package in $(1); do \
  dpkg-query -W -f '$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed || echo $$package; \
done | tr '\n' ' '); \
[ -z "$$missing" ] || { \
  echo "installing: $$missing" >&2; \
  [ -n "$(root)" ] || command -v sudo >/dev/null || { \
    echo "this needs root, and there is no sudo: run as root: apt-get install $$missing" >&2; exit 1; }; \
  $(sudo) apt-get -qq update && \
  $(sudo) env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends $$missing >/dev/null; \
} >&2
endef

build-packages:
	$(call need,$(BUILD_PACKAGES))

test-packages:
	$(call need,$(BUILD_PACKAGES) $(TEST_PACKAGES))

lint-packages:
	$(call need,$(BUILD_PACKAGES) $(TEST_PACKAGES) $(LINT_PACKAGES))

scdoc-package:
	$(call need,scdoc)

# ---- building ----------------------------------------------------------------------------------------------------

# $(call configure,PRESET,OPTIONS)
define configure
@mkdir -p build; cmake --preset $(1) $(werror) $(2) >build/configure-$(1).log 2>&1 || { cat build/configure-$(1).log >&2; exit 1; }
endef

# $(call build,PRESET,OPTIONS,BUILD OPTIONS): what is said goes to stderr, so that `make sweep | ...` stays clean.
define build
$(call configure,$(1),$(2))
@cmake --build --preset $(1) $(3) >&2
endef

release:
	$(call build,release,,--target echosweep)

tests: test-packages
	$(call build,release,$(all_tests))

build/%.1: man/%.1.scd
	@mkdir -p build
	scdoc <$< >$@

# ---- running -----------------------------------------------------------------------------------------------------

# A sweep needs CAP_NET_RAW (bit 13), or one of the user's groups in net.ipv4.ping_group_range. Where neither is
# there the built program gets the capability, once. Where even the bounding set lacks it, that would only keep
# the program from starting.
define grant
@bit() { echo $$(( 0x$$(sed -n "s/^$$1:[[:space:]]*//p" /proc/self/status) >> 13 & 1 )); }; \
read -r low high </proc/sys/net/ipv4/ping_group_range; \
for group in $$(id -G); do [ "$$group" -ge "$$low" ] && [ "$$group" -le "$$high" ] && exit 0; done; \
[ "$$(bit CapEff)" = 1 ] || [ "$$(bit CapBnd)" = 0 ] || /sbin/getcap $(program) | grep -q cap_net_raw || { \
  echo "giving $(program) the right to send ICMP (setcap cap_net_raw+ep)" >&2; \
  $(sudo) /sbin/setcap cap_net_raw+ep $(program) || \
    echo "without it nothing can be sent (sudo make sweep works too)" >&2; }
endef

sweep: build-packages release ## install what is missing, build, sweep TARGETS="..." with ARGS="..."
	@[ -n "$(TARGETS)" ] || { echo 'make sweep needs targets: make sweep TARGETS="127.0.0.0/24"' >&2; exit 3; }
	$(grant)
	@set -f; $(program) $(ARGS) $(TARGETS) || [ $$? = 1 ]  # 1: some are not alive, which is no failure of make's

# Only the lab needs root: as another user its tests run by sudo, where that exists.
test: tests ## install what is missing, build, run every test
ifneq ($(root)$(shell command -v sudo),)
	@ctest --test-dir build/release --output-on-failure $(if $(root),,-LE lab)
ifeq ($(root),)
	@sudo env CI=$(CI) ctest --test-dir build/release --output-on-failure -L lab
endif
else
	@echo "neither root nor sudo: the lab's tests will be skipped" >&2
	@ctest --test-dir build/release --output-on-failure
endif

# Nobody but this target wants a Slurm on the machine. It never touches one that is there: it starts its own.
test-slurm: build-packages release ## install Slurm, run sweeps as its job arrays, with tasks killed and requeued
	$(call need,$(SLURM_PACKAGES))
	@$(if $(root),,sudo env CI=$(CI) )tests/slurm/run

# FPING=1: by the name of fping, too, which is left alone where another program has it.
bin          = $(DESTDIR)$(PREFIX)/bin
man          = $(DESTDIR)$(PREFIX)/share/man/man1
share        = $(DESTDIR)$(PREFIX)/share/echosweep
data         = $(wildcard schema/*.json share/*.txt)
define lay
@[ ! -e $(2) ] || [ "$$(readlink $(2))" = $(1) ] || { echo "$(2) is somebody else's: left alone" >&2; exit 1; }
ln -sfn $(1) $(2)
endef
# $(call take,LINK,FILE): away with our own link.
take = [ "$$(readlink $(1))" != $(2) ] || rm -f $(1)

install: build-packages scdoc-package release ## install the program and its manuals (PREFIX, DESTDIR; FPING=1)
	@$(MAKE) --no-print-directory files

files: $(manuals)
	install -D -m 755 $(program) $(bin)/echosweep
	install -d $(man)
	install -m 644 $(manuals) $(man)
	install -d $(share)
	install -m 644 $(data) $(share)
ifeq ($(FPING),1)
	$(call lay,echosweep,$(bin)/fping)
	$(call lay,echosweep.1,$(man)/fping.1)
endif

# From a copy of what git knows, so that nothing else gets in, and dpkg's results do not land beside this folder.
package: build-packages scdoc-package ## build/echosweep_VERSION_ARCH.deb
	$(call need,debhelper dpkg-dev)
	@rm -rf build/package; mkdir -p build/package/echosweep
	@git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t build/package/echosweep
	@cd build/package/echosweep && dpkg-buildpackage -us -uc -b >../log 2>&1 || { tail -30 ../log >&2; exit 1; }
	@mv build/package/echosweep_*.deb build/ && ls build/echosweep_*.deb

uninstall: ## take all of it away again
	@$(call take,$(bin)/fping,echosweep)
	@$(call take,$(man)/fping.1,echosweep.1)
	rm -f $(bin)/echosweep $(addprefix $(man)/,$(notdir $(manuals))) $(addprefix $(share)/,$(notdir $(data)))
	@[ ! -d $(share) ] || rmdir --ignore-fail-on-non-empty $(share)

# ---- keeping it clean --------------------------------------------------------------------------------------------

format: lint-packages ## write every C++ file as .clang-format wants it
	@$(cxx_files) | xargs clang-format-19 -i

# What cppcheck 2.10 is told to be silent about, clang-tidy looks for too, and better: the old one takes the cases of a
# switch for one another's successors (accessMoved), and views of literals for views of temporaries.
lint: tests lint-packages ## clang-format, clang-tidy, cppcheck, the layout: all must be silent
	@$(cxx_files) | xargs clang-format-19 --dry-run -Werror
	@tests/structure/check.py --source . --program $(program)
	@cppcheck --quiet --std=c++20 --language=c++ --enable=warning,performance,portability --inline-suppr \
	  --suppress=accessMoved \
	  --suppress=passedByValue --suppress=returnDanglingLifetime --error-exitcode=1 -j $$(nproc) -I src src
	$(call configure,tidy)
	@run-clang-tidy-19 -quiet -p build/tidy 2>/dev/null >build/clang-tidy.log || \
	  { grep -E -A3 'warning:|error:' build/clang-tidy.log; exit 1; }

# clang builds these in a third of g++'s time.
asan: lint-packages ## the unit tests under the address and undefined-behaviour sanitizers
	$(call build,asan,$(all_tests))
	@ctest --preset asan -j $$(nproc)

# What two threads share. The thread sanitizer cannot live with as much address space randomization as some kernels do.
threaded = core net sender receiver modes
tsan: lint-packages ## the unit tests of what has threads, under the thread sanitizer
	$(call build,tsan,$(all_tests),--target echosweep $(threaded:%=%_test))
	@still=$$(setarch -R true 2>/dev/null && echo setarch -R); for folder in $(threaded); do \
	  $$still ctest --test-dir build/tsan/tests/unit/$$folder --output-on-failure -j $$(nproc) || exit; done

# Packets of 64 KiB are tried once each: a fuzzer that began with them would try 60 a second, and not thousands.
fuzz: lint-packages ## run every fuzz target for FUZZ_SECONDS
	$(call build,fuzz)
	@set -e; for target in build/fuzz/tests/fuzz/fuzz_*; do \
	  [ -x "$$target" ] || continue; \
	  name=$${target##*/}; corpus=build/fuzz/corpus/$$name; mkdir -p "$$corpus"; \
	  seeds=tests/data/$$name; [ -d "$$seeds" ] || seeds=; \
	  large=tests/data/$$name-64k; \
	  [ ! -d "$$large" ] || "$$target" -timeout=10 -rss_limit_mb=2048 "$$large"/* >build/fuzz/$$name-64k.log 2>&1 || \
	    { cat build/fuzz/$$name-64k.log >&2; exit 1; }; \
	  echo "$$name for $(FUZZ_SECONDS) s"; \
	  "$$target" -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
	    -artifact_prefix="build/fuzz/$$name-" "$$corpus" $$seeds; \
	done

# SMOKE=1: the comparison on small networks alone, without a result that is worth keeping.
bench: test-packages release ## micro-benchmarks (BENCH=FILTER), then us beside others; SMOKE=1: does it all work?
ifeq ($(SMOKE),)
	$(call need,libbenchmark-dev)
	$(call build,bench)
	@for program in build/bench/bench/bench_*; do \
	  [ ! -x "$$program" ] || "$$program" --benchmark_min_time=0.1 --benchmark_filter='$(or $(BENCH),.)' || exit; \
	done
endif
	@cmake --build --preset release --target bare_loops >&2
	@$(sudo) bench/compare $(if $(SMOKE),--smoke) --program $(program)

clean: ## remove build/
	rm -rf build
