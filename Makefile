# 一网 — make help lists what there is. Needs Python 3.11+ and make; uv is used from the PATH or put into .venv.
export PYTHONSAFEPATH := 1
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS ?= 1
export UV_NATIVE_TLS ?= $(UV_SYSTEM_CERTS)
PYTHON ?= python3
BIN := .venv/bin
MEMBERS := chassis sealing gateway $(patsubst %/pyproject.toml,%,$(wildcard *-svc/pyproject.toml)) deploy
PROJECTS := pyproject.toml $(MEMBERS:%=%/pyproject.toml)
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4
UV = $$(command -v uv || echo $(BIN)/uv)
WHEELS ?=
FROM := $(if $(filter-out wheels,$(or $(MAKECMDGOALS),help)),$(if $(WHEELS),--no-index --find-links $(abspath $(WHEELS))))
BACKEND = $(shell sed -n 's/^requires = \[\(.*\)\]/\1/p' deploy/pyproject.toml)
AT = $(if $(PORT),--port $(PORT))

.DEFAULT_GOAL := help
.PHONY: help run demo test test-all check contracts clients mutate fix clean lock wheels

help: ## 列出可用命令 list the commands
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.venv/ready: requirements.lock $(PROJECTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "需要 Python 3.11 或更新版本(当前 $$($(PYTHON) --version))。可用 make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "[1/3] 建立 .venv"; test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@command -v uv >/dev/null || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check $(FROM) uv
	@echo "[2/3] 安装依赖(按 requirements.lock,逐一核对哈希)"
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python $(FROM) --require-hashes -r requirements.lock
	@echo "[3/3] 安装本仓库的各成员"
	@$(UV) pip install --quiet --python $(BIN)/python $(FROM) --no-deps $(MEMBERS:%=-e ./%)
	@$(BIN)/python -m compileall -q $(MEMBERS:%=%/src)
	@touch $@

run: .venv/ready ## 在一个进程中运行整个系统(PORT=8001、ARGS="--data-dir …") run the suite in one process
	@$(BIN)/yiwang run $(AT) $(ARGS)

demo: .venv/ready ## 讲一遍“新生儿出生”,从检索到办结(KEEP=1 讲完不停,ARGS="--lang en") tell one matter
	@$(BIN)/yiwang demo $(AT) $(if $(KEEP),--keep) $(ARGS)

test: .venv/ready ## 离线测试,不需容器(ARGS="-k …") offline tests, no container
	@$(PYTEST) $(ARGS)

test-all: .venv/ready ## 加上真实 PostgreSQL、Kafka 与故障测试 plus connected, journeys, faults
	@$(PYTEST)
	@$(PYTEST) -m connected
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m journey tests/journeys
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m fault tests/faults sealing

check: .venv/ready ## 格式、检查、分层、类型、契约、测试(TESTED=1:测试刚做过) all checks, as in CI
	@echo "— 格式与检查"; $(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@echo "— 分层"; $(BIN)/lint-imports --no-cache >.venv/imports.log || { cat .venv/imports.log; exit 1; }
	@echo "— 类型"; for member in $(MEMBERS) tests; do echo "  $$member"; (cd $$member && MYPYPATH=src:.:faults ../$(BIN)/mypy \
		--config-file ../pyproject.toml --cache-dir ../.mypy_cache/$$member --no-error-summary $$(ls -d src tests 2>/dev/null || echo .)) || exit 1; done
	@echo "— 契约"; $(BIN)/yiwang contracts check && $(BIN)/yiwang city check
	@$(if $(TESTED),:,echo "— 测试"; $(PYTEST))

contracts: .venv/ready ## 由代码写出契约 write the contracts from the code
	@$(BIN)/yiwang contracts write

CLIENTS := .venv/clients
NODE := $(if $(CI),needed,$(shell command -v npm))

$(CLIENTS)/python/ready: tests/clients/requirements.txt | .venv/ready
	@$(BIN)/python -m venv $(CLIENTS)/python
	@$(UV) pip install --quiet --python $(CLIENTS)/python/bin/python --require-hashes -r $<
	@touch $@

$(CLIENTS)/node/ready: tests/clients/package.json tests/clients/package-lock.json | .venv/ready
	@mkdir -p $(CLIENTS)/node && cp $^ $(CLIENTS)/node/
	@npm ci --prefix $(CLIENTS)/node --ignore-scripts --silent --no-audit --no-fund
	@touch $@

clients: .venv/ready $(CLIENTS)/python/ready $(if $(NODE),$(CLIENTS)/node/ready) ## 由契约生成客户端并走通全程 clients from the contract, and their journey
	@$(if $(NODE),:,echo "没有 npm:只试 Python 客户端")
	@$(BIN)/python -m pytest -m client tests/clients $(if $(NODE),,-k python_client) --timeout 300

.venv/mutation/ready: tests/mutation/requirements.txt | .venv/ready
	@rm -rf .venv/mutation
	@$(UV) pip install --quiet --python $(BIN)/python --target .venv/mutation --require-hashes -r $<
	@touch $@

mutate: .venv/mutation/ready ## 在领域代码里逐一种错,看测试是否发觉(ARGS="chassis.worktime.limit",全部约一小时) plant mistakes in the domain
	@nice -n 15 $(BIN)/python tests/mutation/mutate.py $(ARGS)

fix: .venv/ready ## 自动整理格式 format and fix
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

lock: .venv/ready ## 更新 requirements.lock renew the lock
	@$(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --group dev \
		| awk '/^-e file:/ {own = 1; next} /^[^ ]/ {own = 0} !own' > .venv/lock && { echo "# 全部依赖的版本与哈希;make lock 更新。"; cat .venv/lock; } > requirements.lock
	@$(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 tests/clients/requirements.in > .venv/lock \
		&& { echo "# make clients 所用全部依赖的版本与哈希;由 requirements.in 而来,make lock 更新。"; cat .venv/lock; } > tests/clients/requirements.txt
	@$(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 -c requirements.lock tests/mutation/requirements.in > .venv/lock \
		&& { echo "# make mutate 所用全部依赖的版本与哈希;由 requirements.in 而来,make lock 更新。"; cat .venv/lock; } > tests/mutation/requirements.txt
	@command -v npm >/dev/null && npm install --prefix tests/clients --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --silent || true

wheels: .venv/ready ## 把所需的安装包收进 WHEELS=目录,供无网络的同类机器 collect all packages for a machine without network
	@test -n "$(WHEELS)" || { echo '请给出目录:make wheels WHEELS=/path'; exit 2; }
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --dest $(WHEELS) --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --dest $(WHEELS) uv $(BACKEND)

clean: ## 删除环境、数据与缓存 remove environment, data and caches
	@rm -rf .venv var uv.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
