# The front doors: make (build all into bin/), make demo [REPLAY=0] [SOURCE=live] [UPSTREAM=1], make quickstart,
# make test, make check-robustness, make check-transparency, make eval[-NAME], make bench[-NAME] (with SHORT=1 these four are short), make fuzz.
# What a target needs and the machine lacks is installed first, as root on Debian, and said so before.

BIN := bin
OUT := out
PYTHON := /usr/bin/python3
PYTHON_TESTS := libpython$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)-testsuite

BUILD_PACKAGES := gcc make libc6-dev
RUN_PACKAGES := openvswitch-switch mininet ethtool iproute2 iputils-ping graphviz libpcap0.8 python3
TEST_PACKAGES := strace curl clang-format tcpdump tshark nodejs git openssh-server openssl iperf openvswitch-testcontroller python3-os-ken $(PYTHON_TESTS)
UPSTREAM_PACKAGES := python3-os-ken
QUICKSTART_PACKAGES := nginx-light curl graphviz python3
BENCH_PACKAGES := strace uftrace bpftrace lttng-tools liblttng-ust-dev tcpdump nginx-light redis-server redis-tools postgresql \
	tomcat10 default-jre-headless wrk openvswitch-testcontroller python3-os-ken
EVAL_PACKAGES := tomcat10 default-jre-headless libmariadb-java mariadb-server nginx-light php-fpm php-mysql haproxy apache2 gunicorn \
	python3-psycopg2 python3-pymemcache postgresql redis-server memcached nodejs $(shell command -v npm >/dev/null || echo npm)
TRANSPARENCY_PACKAGES := mariadb-test redis-server redis-tools postgresql default-jdk-headless nodejs gcc

.PHONY: all managed native demo quickstart test fuzz eval eval-ntier eval-servers eval-packages clean bench bench-agent bench-correlator bench-openflow bench-sniffer bench-wrapper bench-servers bench-tools \
	check-transparency check-robustness build-packages run-packages test-packages upstream-packages quickstart-packages bench-packages transparency-packages

all: build-packages native managed

managed:
	@command -v dotnet >/dev/null || { echo "S-Trace needs the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0" >&2; exit 1; }
	dotnet publish src/STrace.Cli --configuration Release --output $(BIN)/lib --nologo --verbosity quiet
	ln -sf lib/s-trace $(BIN)/s-trace
	dotnet publish src/STrace.DotnetHook --configuration Release --output $(BIN)/hooks --nologo --verbosity quiet

native:
	$(MAKE) --silent -C native BIN=$(abspath $(BIN))

demo: run-packages $(if $(UPSTREAM),upstream-packages) all
	$(PYTHON) mininet/scenarios/demo.py --bin $(BIN) --out $(OUT)/demo $(if $(filter 0,$(REPLAY)),--no-replay) \
		$(if $(SOURCE),--source $(SOURCE)) $(if $(UPSTREAM),--upstream)

bench: bench-agent bench-correlator bench-openflow bench-sniffer bench-wrapper bench-servers

bench-agent: bench-tools
	dotnet build tests/STrace.Benchmarks --configuration Release --output $(OUT)/benchmarks --nologo --verbosity quiet
	$(PYTHON) tests/bench/agent.py --bin $(BIN) --benchmarks $(OUT)/benchmarks/STrace.Benchmarks.dll --out $(OUT)/bench $(if $(SHORT),--short)

# From host events to paths; beside it the dissertation's own algorithm.
bench-correlator: managed
	dotnet build tests/STrace.Benchmarks --configuration Release --output $(OUT)/benchmarks --nologo --verbosity quiet
	$(PYTHON) tests/bench/correlator.py --benchmarks $(OUT)/benchmarks/STrace.Benchmarks.dll --out $(OUT)/bench $(if $(SHORT),--short)

bench-openflow bench-sniffer bench-wrapper bench-servers: bench-%: bench-packages bench-tools
	$(PYTHON) tests/bench/$*.py --bin $(BIN) --out $(OUT)/bench $(if $(SHORT),--short)

# What benchmarks and proofs measure with.
bench-tools: all
	$(MAKE) --silent -C native/bench BIN=$(abspath $(BIN))

# Applications' own tests without and with libwrapper, and the proofs that nothing is lost, torn or made to wait.
check-transparency: test-packages transparency-packages bench-tools
	$(PYTHON) tests/transparency/run.py --bin $(BIN) --out $(OUT)/transparency $(if $(SHORT),--short)

check-robustness: bench-tools
	$(PYTHON) tests/robustness/run.py --bin $(BIN) --out $(OUT)/robustness $(if $(SHORT),--short)

eval: eval-ntier eval-servers

eval-ntier: run-packages all
	$(PYTHON) mininet/scenarios/eval_ntier.py --bin $(BIN) --out $(OUT)/eval $(if $(SHORT),--short)

# Real servers; beside ours the dissertation's own algorithm, on the same recordings.
eval-servers: run-packages eval-packages all
	dotnet build tests/STrace.Original --configuration Release --output $(OUT)/original --nologo --verbosity quiet
	$(PYTHON) mininet/scenarios/eval_servers.py --bin $(BIN) --out $(OUT)/eval --original "dotnet $(abspath $(OUT))/original/STrace.Original.dll" \
		$(if $(SHORT),--short)

quickstart: quickstart-packages all
	packaging/quickstart.sh $(BIN) $(OUT)/quickstart

# Mutated OpenFlow messages: each is decoded, or refused with the place of its fault.
fuzz:
	dotnet run --project tests/STrace.Fuzz --configuration Release -- $(or $(COUNT),10000000) $(or $(SEED),1)

test: run-packages test-packages eval-packages bench-tools
	$(PYTHON) tests/run.py --bin $(BIN)

clean:
	rm -rf $(BIN) $(OUT)
	find src openflow tests -name obj -o -name bin -type d -prune | xargs rm -rf

# $(call install,PACKAGES): installs those that are missing.
define install
	@missing=""; for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q '^install ok installed' || missing="$$missing $$p"; done; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" -ne 0 ]; then echo "S-Trace needs these Debian packages; install them as root: apt-get install$$missing" >&2; exit 1; fi; \
	echo "installing$$missing"; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null || \
	{ echo "apt-get could not install$$missing" >&2; exit 1; }
endef

build-packages: ; $(call install,$(BUILD_PACKAGES))
run-packages: ; $(call install,$(RUN_PACKAGES))
test-packages: ; $(call install,$(TEST_PACKAGES))
upstream-packages: ; $(call install,$(UPSTREAM_PACKAGES))
quickstart-packages: ; $(call install,$(QUICKSTART_PACKAGES))
bench-packages: ; $(call install,$(BENCH_PACKAGES))
eval-packages: ; $(call install,$(EVAL_PACKAGES))
transparency-packages: ; $(call install,$(TRANSPARENCY_PACKAGES))
