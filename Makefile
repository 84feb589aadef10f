# make help lists what there is. Everything works from a fresh clone with Go and make; what else the tests need is fetched
# or named by bin/testenv (see internal/testenv/run).

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
# All that staticcheck knows, but for what contradicts how this tree is written:
#   ST1000, ST1020-22  package and export comments; internal/archtest holds the stricter rule (doc.go), and a method that
#                      only satisfies an interface needs no sentence that repeats its name
#   S1016              converting one struct type to another: an event and an effect that look alike today are not the same
CHECKS := all,-S1016,-ST1000,-ST1020,-ST1021,-ST1022
DEADCODE := golang.org/x/tools/cmd/deadcode@v0.52.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
GOSEC := github.com/securego/gosec/v2/cmd/gosec@v2.30.0
# What only tests run. A finding in the rest that is none says why beside the code (#nosec).
OFTESTS := internal/browsertest internal/conformance internal/faulttest internal/store/storetest internal/testenv internal/testworld pkg/rp/rptest

.DEFAULT_GOAL := help
.PHONY: help run build test lint inspect conformance fault fuzz bench bench-check load growth month release vuln gosec bin/apsid bin/bench bin/profiled bin/testenv bin/gotest bin/staticcheck

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: bin/apsid ## build and start the demo: provider, three apps, inbox; nothing to set up
	exec bin/apsid demo

build: bin/apsid ## build bin/apsid, static

# The race detector comes with a check of pointer arithmetic (-d=checkptr). There is none in this tree (a test holds that), but a
# great deal in the translated C of SQLite, where it takes a fifth of the time of all tests and finds nothing.
# The race detector does not look into that C either, as it would not into the original: calls of SQLite took half of the time of
# the tests that make them. The driver, which is Go and calls it, is looked at as all the rest. The search for patterns in passwords
# (zxcvbn) shares nothing between calls, and takes ten times as long under the detector.
UNRACED := -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc/...=-race=false -gcflags=github.com/trustelem/zxcvbn/...=-race=false
RACE := -race -gcflags=all=-d=checkptr=0 $(UNRACED)

# What looks at code needs its dependencies compiled, which takes minutes: make test has it use those that the tests need. The
# browser tests come first because they wait most, and three packages at a time keep two processors busy meanwhile. Faults are
# alone: how soon a node recovers says nothing beside tests that take all processors.
test: bin/testenv bin/gotest ## lint, then every test under the race detector, on real servers and in a real browser
	bin/testenv -need race -- env CGO_ENABLED=1 $(MAKE) --no-print-directory inspect COMPILED='$(RACE)'
	bin/testenv -need postgres,redis -- env CGO_ENABLED=1 bin/gotest $(RACE) -vet=off -run '^TestFaults$$' ./internal/faulttest
	bin/testenv -- env CGO_ENABLED=1 bin/gotest $(RACE) -vet=off -timeout 30m -p 3 -skip '^TestFaults$$' ./internal/browsertest ./...

lint: inspect ## gofmt, go.mod, go vet, staticcheck, unreachable functions, and our own rules (internal/archtest)
	go test ./internal/archtest/

# All of lint but our own rules, which are tests: make test runs them with the others.
inspect: bin/staticcheck
	@unformatted=$$(gofmt -l cmd deploy internal pkg templates) && test -z "$$unformatted" || { echo "not formatted (gofmt -w): $$unformatted"; exit 1; }
	go mod tidy -diff
	go vet $(COMPILED) ./...
	GOFLAGS="$$(go env GOFLAGS) $(COMPILED)" bin/staticcheck -checks '$(CHECKS)' ./...
	@echo go run $(DEADCODE) -test ./...; dead=$$(go run $(DEADCODE) -test ./...) && test -z "$$dead" || { echo "nothing calls (use it or remove it): $$dead"; exit 1; }

conformance: bin/testenv ## every rule of the certification plans broken once, each to see its entry fail
	bin/testenv -need postgres,redis -- env APSID_TEST_EVERY_RULE=1 go test -count=1 ./internal/conformance

fault: bin/testenv ## all that goes wrong with nodes and stores, done to them under load; writes deploy/docs/faults.md
	bin/testenv -need postgres,redis,moto -- go test -count=1 -v -timeout 40m -run TestFaults ./internal/faulttest -update

# What is found stays in testdata/fuzz beside the test, and every run of the tests tries it again. Making an input small may take a second
# only: keys and signatures are random, so that the search would take a small one for another.
FUZZTIME := 30s
fuzz: ## every fuzz target in turn: FUZZTIME=30s for each, FUZZED=./internal/passkey for those of one package
	@for package in $(or $(FUZZED),$$(grep -rl --include='*_test.go' '^func Fuzz' internal pkg | xargs -n 1 dirname | sort -u | sed 's,^,./,')); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s $$package || exit 1; done; done

bench: bin/testenv bin/bench ## the benchmarks, on real servers, as multiples of a bare signature, hash, SELECT and GET
	bin/testenv -need postgres,redis -- bin/bench ratios -- -bench . ./...

# A budget is of those packages that answer requests. All are run shortly, N times in turn, so that the run
# knows its own noise. Those of the stores are left out: beside other load their time says little, and make load measures the stores.
BUDGETED := ./deploy/bench ./internal/authenticator ./internal/keyring ./internal/oidcop ./internal/signin
bench-check: bin/testenv bin/bench ## fail if a benchmark costs more than deploy/bench/budget.json allows; BUDGET=-update writes it
	bin/testenv -need postgres,redis -- bin/bench ratios -n $(N) -budget deploy/bench/budget.json $(BUDGET) -- -bench . -benchtime 50ms $(BUDGETED)

# The load generator is a program of its own: LOADGEN=PATH, if it is not in PATH. Two builds are compared by measuring each with APSID=PATH.
APSID := bin/apsid
LOADGEN := loadgen
N := 5
DURATION := 6s
WORKERS := 8
NODES := 1
OPEN := 0
load: bin/testenv bin/bench $(filter bin/apsid,$(APSID)) $(if $(PROFILES),bin/profiled) ## what each operation of a node costs, beside the floor: ROWS=a,b N=rounds DURATION=6s NODES=3 OPEN=0.7 PROFILES=FOLDER APSID=PATH LOADGEN=PATH
	APSID_TEST_REDIS_URL= bin/testenv -need durable,redis -- bin/bench load -apsid '$(APSID)' -loadgen '$(LOADGEN)' -rows '$(ROWS)' -n $(N) -d $(DURATION) -c $(WORKERS) -nodes $(NODES) -open $(OPEN) -profiles '$(PROFILES)'

GROWN := cc,userinfo,refresh,code_sso,code
PLOT := deploy/docs/growth.svg
SIZES := 10,1000,100000,1000000
growth: bin/testenv bin/bench $(filter bin/apsid,$(APSID)) ## what operations cost with more and more people, with a plot: SIZES=10,1000,100000,1000000 ROWS=a,b N=rounds PLOT=FILE
	APSID_TEST_REDIS_URL= bin/testenv -need durable,redis -- bin/bench growth -apsid '$(APSID)' -loadgen '$(LOADGEN)' -rows '$(if $(ROWS),$(ROWS),$(GROWN))' -n $(N) -d $(DURATION) -c $(WORKERS) -sizes $(SIZES) -plot '$(PLOT)'

month: bin/testenv ## a simulated month of 1,000 people who refresh every five minutes: the sizes in deploy/docs/scaling.md
	bin/testenv -need postgres,redis -- env APSID_TEST_MONTH=1000 go test -count=1 -v -timeout 100m -run TestAMonthLevelsOff ./internal/server

release: ## what is handed out, in dist/: the program for two architectures, built twice and compared, its bill of materials and hashes
	deploy/release.sh

vuln: ## known vulnerabilities in what we link (needs the network)
	go run $(GOVULNCHECK) ./...

gosec: ## weak spots that patterns find in what is shipped (compiles for minutes the first time)
	go run $(GOSEC) -quiet $(OFTESTS:%=-exclude-dir=%) ./...

bin/apsid:
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o $@ ./cmd/apsid

bin/bench:
	go build -o $@ ./deploy/bench

bin/profiled:
	CGO_ENABLED=0 go build -trimpath -o $@ ./deploy/bench/profiled

bin/testenv:
	go build -o $@ ./internal/testenv/run

bin/gotest:
	go build -o $@ ./internal/testenv/gotest

bin/staticcheck:
	CGO_ENABLED=0 GOBIN=$(CURDIR)/bin go install $(STATICCHECK)
