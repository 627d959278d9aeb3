# `sam build` calls `build-<LogicalId>` for each function of template.yaml. The rehearsal calls the same script.
# The project's own Node.js comes first, as in the npm scripts.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

build-%:
	node scripts/bundle.mjs $* "$(ARTIFACTS_DIR)"
