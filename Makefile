# Everything a developer does here; `make` alone lists it. Programs that tests need are built into
# $XDG_CACHE_HOME/mlops-platform (~/.cache), once for every checkout: `make clean` leaves them there.

.DEFAULT_GOAL := help
.PHONY: help up down live live-status live-down outputs preview diff recover verify pulumi test check unit test-servers test-live golden docs contract format render map score e2e soak bench bench-predictions bench-live packages clean setup programs images

RUN   := node --require ts-node/register tools/test/main.ts
# What is deliberate, and why: docs/security.md.
SCORE_FLAGS := --output-format ci --kubernetes-version v1.36 --ignore-container-cpu-limit \
  --ignore-test container-image-pull-policy --ignore-test statefulset-has-servicename \
  --ignore-test networkpolicy-targets-pod
PULUMI := node --require ts-node/register tools/stack/main.ts
STACK ?= dev
# Which cluster: a context of your kubeconfig, or none for the embedded control plane.
export STACK CONTEXT CONTROL_PLANE CONFIG JSON RESET REFRESH FORCE AS_IS REWORDED LIVE_HOME
OUT   ?= rendered/$(STACK)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{ printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: setup ## Deploy (STACK=dev; CONTEXT=minikube, or none for an embedded control plane; CONFIG=FILE REFRESH=1 AS_IS=1)
	@$(PULUMI) up

preview: setup ## Show what `make up` would change (CONFIG=FILE: with a stack configuration merged over the stack's own)
	@$(PULUMI) preview

diff: setup ## Show what the checkout changes, without credentials (BASE=origin/main STACK=all FORMAT=text|markdown|json OUT=FILE FAIL_ON=data)
	@node --require ts-node/register tools/diff/main.ts --base "$(BASE)" --format "$(FORMAT)" --fail-on "$(FAIL_ON)" \
	  --stack "$(if $(filter file,$(origin STACK)),,$(STACK))" --out "$(if $(filter file,$(origin OUT)),,$(OUT))"

outputs: setup ## What other programs may know of the stack (JSON=1)
	@$(PULUMI) outputs

verify: setup ## Check a deployed stack from outside
	@scripts/verify

recover: setup ## Bring state and cluster together again after a run was killed
	@$(PULUMI) recover

down: setup ## Remove what `make up` deployed (RESET=1: the stack and the embedded control plane, too)
	@$(PULUMI) down

live: setup ## The platform on a Kubernetes of its own, on this machine, with real pods (Debian 12, root; LIVE_HOME=DIR JSON=1)
	@node --require ts-node/register tools/live/main.ts up

live-status: setup ## How it is, and how its hosts are reached
	@node --require ts-node/register tools/live/main.ts status

live-down: setup ## Remove every trace of it
	@node --require ts-node/register tools/live/main.ts down

pulumi: setup ## Any other command of Pulumi on the stack (ARGS="config set protectData false")
	@$(PULUMI) pulumi $(ARGS)

test: setup programs images ## Set up what is missing, then run every suite but `endurance`
	@$(RUN)

check: setup ## Lint, types, format, generated documentation, shell and Python scripts
	@$(RUN) check

unit: setup ## The unit tests alone
	@$(RUN) unit

test-servers: setup programs ## The provision and sweep scripts against real servers
	@$(RUN) servers

test-live: setup programs images ## The platform with real pods: what works, who may reach what, what it survives (BASE=HEAD~1: the commit to update from)
	@$(RUN) live endurance

e2e: setup programs ## Both stacks on the real engine and a real API server: deploy, update, crash, destroy
	@$(RUN) e2e

soak: setup programs ## Kill the engine N times, and see that nothing is lost (N=100 SEED=1)
	@N=$(N) SEED=$(SEED) node --require ts-node/register tests/e2e/soak.ts

bench: setup programs ## Time and count the requests of an apply, a no-op and a change, beside kubectl
	@node --require ts-node/register tests/bench/main.ts

bench-predictions: setup programs ## Time predictions of examples/iris beside `mlflow models serve`
	@node --require ts-node/register tests/bench/predictions.ts

bench-live: setup ## Time predictions through the ingress of what `make live` brought up
	@node --require ts-node/register tests/bench/live.ts

golden: setup ## Write the golden files anew; review the diff before committing it
	@UPDATE_GOLDEN=1 $(RUN) golden

docs: setup ## Generate the documentation that comes from code
	@npm run --silent docs

contract: setup ## Release the contract as it is, for readers to rely on (REWORDED=1: changed descriptions mean the same)
	@node --require ts-node/register tools/contract/release-main.ts

format: setup ## Format every file
	@npm run --silent format

render: setup ## Write a stack's Kubernetes objects as YAML (STACK=dev OUT=rendered/dev CONFIG=FILE)
	@npm run --silent render -- --stack $(STACK) --out $(OUT) $(if $(CONFIG),--config $(CONFIG))

map: setup ## Write a stack's wiring as a page for the browser, and as Mermaid in Markdown beside it (STACK=dev OUT=rendered/map/dev.html)
	@npm run --silent map -- --stack $(STACK) --out $(if $(filter file,$(origin OUT)),rendered/map/$(STACK).html,$(OUT))

score: setup ## Score both stacks' objects with kube-score
	@kube_score=$$(tools/toolchain/ensure kube-score) || exit 1; status=0; \
	for stack in dev prod; do \
	  echo "=== $$stack"; flags=; \
	  if [ $$stack = prod ]; then flags='--ignore-test container-security-context-user-group-id'; fi; \
	  npm run --silent render -- --stack $$stack --out rendered/$$stack || exit 1; \
	  find rendered/$$stack -name '*.yaml' -exec "$$kube_score" score $(SCORE_FLAGS) $$flags {} + || status=1; \
	done; exit $$status

packages: setup ## Build what other programs install, into dist/: the components, and the contract alone
	@npm run --silent packages

clean: ## Remove what was installed into and rendered in this checkout
	rm -rf node_modules rendered dist

setup:
	@tools/test/setup

# The real programs that tests start: servers for the scripts, an engine and a control plane for the stacks.
SERVERS := minio mc mariadbd mongosh python-ml traefik nginx
PLANE := kubectl etcd kube-apiserver kube-controller-manager kube-scheduler kwok control-plane
ENGINE := $(PLANE) pulumi pulumi-language-nodejs pulumi-resource-kubernetes pulumi-resource-random pulumi-resource-tls
NODE := kubelet kube-proxy containerd containerd-shim-runc-v2 ctr runc nft iptables ip portmap live-policies live-reach

test: PROGRAMS := shellcheck actionlint jq promtool chromium mermaid $(SERVERS) $(ENGINE) $(NODE)
test-live: PROGRAMS := $(ENGINE) $(NODE)
test-servers: PROGRAMS := $(SERVERS) $(PLANE)
e2e soak bench: PROGRAMS := $(ENGINE)
bench-predictions: PROGRAMS := python-ml

# One at a time, since each build takes what the machine has. Where one cannot be had (no Go, not Debian, not root),
# its tests say that they are skipped, or with CI=true that they have failed.
programs:
	@for program in $(PROGRAMS); do \
	  tools/toolchain/ensure $$program >/dev/null || echo "Going on without $$program."; \
	done

# What real pods are made of, where they can run: for the suite `live`, or for all tests.
IMAGES :=
test-live: IMAGES := --all
images: setup
	@if [ "$$(uname)" = Linux ] && [ "$$(id -u)" = 0 ]; then \
	  tools/live/images/build $(IMAGES) >/dev/null || echo "Going on without images for real pods."; \
	fi
