# Everything a developer does here; `make` alone lists it. Programs that tests need are built into
# $XDG_CACHE_HOME/mlops-platform (~/.cache), once for every checkout: `make clean` leaves them there.

.DEFAULT_GOAL := help
.PHONY: help test check unit test-live golden docs format render score clean setup live-setup

RUN   := node --require ts-node/register tools/test/main.ts
# What is deliberate, and why: docs/security.md.
SCORE_FLAGS := --output-format ci --kubernetes-version v1.36 --ignore-container-cpu-limit \
  --ignore-test container-image-pull-policy --ignore-test statefulset-has-servicename \
  --ignore-test networkpolicy-targets-pod
STACK ?= dev
OUT   ?= rendered/$(STACK)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{ printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: setup live-setup ## Set up what is missing, then run every suite
	@$(RUN)

check: setup ## Lint, types, format, generated documentation, shell scripts
	@$(RUN) check

unit: setup ## The unit tests alone
	@$(RUN) unit

test-live: setup live-setup ## The provision and sweep scripts against real servers
	@$(RUN) live

golden: setup ## Write the golden files anew; review the diff before committing it
	@UPDATE_GOLDEN=1 $(RUN) golden

docs: setup ## Generate the documentation that comes from code
	@npm run --silent docs

format: setup ## Format every file
	@npm run --silent format

render: setup ## Write a stack's Kubernetes objects as YAML (STACK=dev OUT=rendered/dev)
	@npm run --silent render -- --stack $(STACK) --out $(OUT)

score: setup ## Score both stacks' objects with kube-score
	@kube_score=$$(tools/toolchain/ensure kube-score) || exit 1; status=0; \
	for stack in dev prod; do \
	  echo "=== $$stack"; flags=; \
	  if [ $$stack = prod ]; then flags='--ignore-test container-security-context-user-group-id'; fi; \
	  npm run --silent render -- --stack $$stack --out rendered/$$stack || exit 1; \
	  find rendered/$$stack -name '*.yaml' -exec "$$kube_score" score $(SCORE_FLAGS) $$flags {} + || status=1; \
	done; exit $$status

clean: ## Remove what was installed into and rendered in this checkout
	rm -rf node_modules rendered

setup:
	@tools/test/setup

# Where a program cannot be had (no Go, not Debian, not root), its tests say that they are skipped.
live-setup:
	@for program in minio mc mariadbd shellcheck; do \
	  tools/toolchain/ensure $$program >/dev/null || echo "Going on without $$program: its tests are skipped."; \
	done
