# One make process. config.mk comes from configure; every module.mk only sets variables:
#   lib_<m>_SRCS, lib_<m>_NEEDS, lib_<m>_LIBS, lib_<m>_CFLAGS          a module in lib/<m>/
#   PROGS, <p>_SRCS, <p>_MODS, <p>_LIBS, <p>_CFLAGS                    a program
#   test_<x>_MODS, test_<x>_CFLAGS, test_<x>_LIBS                      tests/unit/<m>/test_<x>.c
#   fuzz_<x>_MODS                                                      tests/fuzz/fuzz_<x>.c
#   TESTPROGS, <p>_SRCS, <p>_MODS, <p>_LIBS                            a program that tests run
# Variants live side by side: build/dbg, build/san-address-undefined (make SAN=address,undefined),
# build/cov (make COV=1); or anywhere with B=.

all:

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
SHELL = /bin/sh
comma := ,

# ---- configuration: made on demand, with the packages it needs

# Goals that need no configured tree.
nocfg := configure clean distclean dist format check-format deps deps-build deps-test help localserve check \
	lint check-style
goals := $(or $(MAKECMDGOALS),all)
ifneq ($(filter-out $(nocfg),$(goals)),)
include config.mk
endif

configure: configure.ac contrib/autogen
	@contrib/install-deps build
	contrib/autogen
	@touch $@
config.mk: configure contrib/config.mk.in
	@contrib/install-deps build
	@if [ -x config.status ]; then args=$$(./config.status --config); else args=; fi; \
	eval ./configure -q $$args
	@touch $@

# ---- the variant

ifneq ($(COV),)
B ?= build/cov
else ifneq ($(SAN),)
B ?= build/san-$(subst $(comma),-,$(SAN))
else
B ?= build/dbg
endif
# One spelling for one folder: the compiler's dependency files name the objects by it.
override B := $(patsubst $(CURDIR)/%,%,$(abspath $(B)))

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings \
	-Wformat-security -Wpointer-arith -Wundef -Wno-missing-field-initializers $(WERROR)
VARIANT_CFLAGS = $(FORTIFY)
ifneq ($(SAN),)
VARIANT_CFLAGS = -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer -DMOX_SAN=1
VARIANT_LDFLAGS = -fsanitize=$(SAN)
endif
ifneq ($(COV),)
VARIANT_CFLAGS = --coverage -O0
VARIANT_LDFLAGS = --coverage
endif
ifneq ($(FUZZING),)
VARIANT_CFLAGS += -fsanitize=fuzzer-no-link -DMOX_FUZZING=1
endif

ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(CFLAGS) $(WARN) $(HARDEN_CFLAGS) $(VARIANT_CFLAGS) \
	-I. -Ilib $(CPPFLAGS)
ALL_LDFLAGS = $(CFLAGS) $(HARDEN_LDFLAGS) $(VARIANT_LDFLAGS) $(LDFLAGS)

# ---- modules and programs

PROGS :=
-include $(sort $(wildcard lib/*/module.mk daemons/*/module.mk src/*/module.mk \
	tests/unit/*/module.mk tests/integration/*/module.mk tests/fuzz/*.mk))

MODULES := $(patsubst lib/%/module.mk,%,$(wildcard lib/*/module.mk))
# Modules that have code.
ARCHIVED := $(foreach m,$(MODULES),$(if $(wildcard $(lib_$m_SRCS)),$m))

# All that the modules $(1) need, themselves included; ends also where NEEDS has a cycle.
needs = $(call needs_,$(sort $(1)),)
needs_ = $(if $(filter-out $(2),$(1)),$(call $(0),$(sort $(1) \
	$(foreach m,$(1),$(lib_$m_NEEDS))),$(1)),$(1))
libs = $(foreach m,$(filter $(ARCHIVED),$(call needs,$(1))),$(B)/lib$m.a)
syslibs = $(sort $(foreach m,$(call needs,$(1)),$(lib_$m_LIBS)))
objs = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)))
link = $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) \
	-Wl,--end-group $(1) -pthread

# Bans dangerous calls (base/banned.h says which, and what to use); base itself provides the others'.
# $(1) is the folder.
banned = $(if $(filter lib/base,$(1)),,-include base/banned.h) \
	$(if $(filter lib/svc src/%,$(1)),-DMOX_MAY_GETENV)

$(B)/flags: FORCE
	@mkdir -p $(@D); echo '$(subst ','"'"',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))' >$@.$$$$; \
	if cmp -s $@.$$$$ $@; then rm -f $@.$$$$; else mv $@.$$$$ $@; fi

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	@$(if $(V),,echo '  CC $<')
	$(if $(V),,@)$(CC) $(ALL_CFLAGS) $(MOD_CFLAGS) -MMD -MP -c -o $@ $<

define module_rules
$(B)/lib/$(1)/%.o: MOD_CFLAGS = $(call banned,lib/$(1)) $$(lib_$(1)_CFLAGS)
$(B)/lib$(1).a: $(call objs,$(lib_$(1)_SRCS)) lib/$(1)/module.mk
	@$(if $(V),,echo '  AR $$@')
	$(if $(V),,@)rm -f $$@ && $$(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(foreach m,$(ARCHIVED),$(eval $(call module_rules,$m)))

# A program whose sources are not all there is left out, and named.
BUILT := $(foreach p,$(sort $(PROGS)),$(if $(filter-out $(wildcard $($p_SRCS)),$($p_SRCS)),,$p))
ifneq ($(filter-out $(BUILT),$(PROGS)),)
$(warning incomplete: $(filter-out $(BUILT),$(PROGS)))
endif
prog_dir = $(patsubst %/,%,$(dir $(firstword $($(1)_SRCS))))

define prog_rules
$(B)/$(call prog_dir,$(1))/%.o: MOD_CFLAGS = $(call banned,$(call prog_dir,$(1))) \
	-I$(call prog_dir,$(1)) $$($(1)_CFLAGS)
$(B)/bin/$(1): $(call objs,$($(1)_SRCS)) $(call libs,$($(1)_MODS)) \
		$(wildcard $(call prog_dir,$(1))/module.mk)
	@mkdir -p $$(@D)
	@$(if $(V),,echo '  LD $$@')
	$(if $(V),,@)$$(call link,$$($(1)_LIBS) $(call syslibs,$($(1)_MODS)))
endef
$(foreach p,$(BUILT),$(eval $(call prog_rules,$p)))

# Programs that tests run; not installed.
TESTPROGS := $(foreach p,$(sort $(TESTPROGS)),$(if $(wildcard $($p_SRCS)),$p))
define testprog_rules
$(B)/bin/t/$(1): $(call objs,$($(1)_SRCS)) $(call libs,$($(1)_MODS))
	@mkdir -p $$(@D)
	@$(if $(V),,echo '  LD $$@')
	$(if $(V),,@)$$(call link,$$($(1)_LIBS) $(call syslibs,$($(1)_MODS)))
endef
$(foreach p,$(TESTPROGS),$(eval $(call testprog_rules,$p)))

BINS := $(BUILT:%=$(B)/bin/%)
all: $(BINS) $(TESTPROGS:%=$(B)/bin/t/%) $(foreach m,$(ARCHIVED),$(B)/lib$m.a)

# ---- unit tests: tests/unit/<module or program>/test_*.c

UNIT_SRCS := $(sort $(wildcard tests/unit/$(or $(M),*)/test_*.c))
UNIT_BINS := $(UNIT_SRCS:%.c=$(B)/%)
# A folder named like a program tests that program's files, all but main.c.
unit_objs = $(if $(filter $(1),$(BUILT)),$(filter-out %/main.o,$(call objs,$($(1)_SRCS))))
unit_mods = $(if $(filter $(1),$(BUILT)),$($(1)_MODS),$(1)) $(test_$(2)_MODS)

define unit_rules
$(B)/tests/unit/$(1)/test_$(2).o: MOD_CFLAGS = $(CHECK_CFLAGS) -Itests/unit/$(1) \
	$(if $(filter $(1),$(BUILT)),-I$(call prog_dir,$(1)) $($(1)_CFLAGS)) \
	$(foreach m,$(call unit_mods,$(1),$(2)),$(lib_$m_CFLAGS)) $$(test_$(2)_CFLAGS)
$(B)/tests/unit/$(1)/test_$(2): $(B)/tests/unit/$(1)/test_$(2).o $(call unit_objs,$(1)) \
		$(call libs,$(call unit_mods,$(1),$(2))) $(wildcard tests/unit/$(1)/module.mk)
	@$(if $(V),,echo '  LD $$@')
	$(if $(V),,@)$$(call link,$$(test_$(2)_LIBS) $(call syslibs,$(call unit_mods,$(1),$(2))) \
		$(if $(filter $(1),$(BUILT)),$($(1)_LIBS)) $(CHECK_LIBS))
endef
$(foreach t,$(UNIT_SRCS),$(eval $(call unit_rules,$(notdir $(patsubst %/,%,$(dir $t))),$(patsubst \
	test_%.c,%,$(notdir $t)))))

unit-bins: $(UNIT_BINS)
# In this build; M=module for one of them.
check-unit: unit-bins
	@tests/run -b $(B) unit $(UNIT_BINS)

# ---- fuzz harnesses

FUZZ_SRCS := $(sort $(wildcard tests/fuzz/fuzz_$(or $(FUZZ),*).c))
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SRCS))
FUZZ_BINS := $(FUZZ_NAMES:%=$(B)/fuzz/fuzz_%)
FUZZ_B := build/fuzz
FUZZ_CC ?= clang

define fuzz_rules
$(B)/tests/fuzz/fuzz_$(1).o: MOD_CFLAGS = -Wno-missing-prototypes \
	$(foreach m,$(fuzz_$(1)_MODS),$(lib_$m_CFLAGS)) $$(fuzz_$(1)_CFLAGS)
$(B)/fuzz/fuzz_$(1): $(B)/tests/fuzz/fuzz_$(1).o $(if $(FUZZING),,$(B)/tests/fuzz/plain_main.o) \
		$(call libs,$(fuzz_$(1)_MODS)) $(wildcard tests/fuzz/*.mk)
	@mkdir -p $$(@D)
	@$(if $(V),,echo '  LD $$@')
	$(if $(V),,@)$$(call link,$(if $(FUZZING),-fsanitize=fuzzer) $(call syslibs,$(fuzz_$(1)_MODS)))
endef
$(foreach f,$(FUZZ_NAMES),$(eval $(call fuzz_rules,$f)))

# Each harness over its seeds, with a plain main; FUZZ=name for one.
fuzz-bins: $(FUZZ_BINS)
fuzz-corpus: fuzz-bins
	@tests/run -b $(B) corpus $(FUZZ_BINS)
# Each harness for FUZZ_SECONDS under libFuzzer.
fuzz:
	+@$(MAKE) --no-print-directory B=$(FUZZ_B) CC=$(FUZZ_CC) SAN=address,undefined COV= FUZZING=1 \
		fuzz-bins
	@tests/run -b $(FUZZ_B) fuzz $(FUZZ_BINS:$(B)/%=$(FUZZ_B)/%)

# ---- tests, lint

deps: deps-build deps-test
deps-build:
	@contrib/install-deps build
deps-test:
	@contrib/install-deps build test
# Everything; TESTS='pattern ...' for some. See tests/run.
check:
	@contrib/install-deps build test
	+@$(MAKE) -s --no-print-directory config.mk
	+@MAKE='$(MAKE)' tests/run all
# Dovecot listens from the next boot on when it is installed, so that is left to who wants it.
bench:
	@contrib/install-deps build test
	@[ -d /usr/lib/postfix ] && [ -d /usr/lib/dovecot ] || { \
	echo 'make bench needs Postfix and Dovecot: contrib/install-deps bench' >&2; exit 1; }
	+@$(MAKE) --no-print-directory all
	@tests/bench/run $(ARGS)
localserve:
	@contrib/install-deps build try
	+@$(MAKE) --no-print-directory all
	+@exec "$$($(MAKE) -s --no-print-directory print-B)/bin/mox" localserve $(ARGS)

C_FILES = $(filter-out %_tables.c,$(shell git ls-files '*.c' '*.h' 2>/dev/null || \
	find lib daemons src tests -name '*.[ch]'))
lint:
	@contrib/install-deps build test
	+@$(MAKE) --no-print-directory all unit-bins
	+@MAKE='$(MAKE)' tests/lint/run
check-layers: all
	@tests/lint/layers $(B)
# Every object depends on one folder's rules; used by the lint scripts.
print-%:
	@echo '$($*)'
# Module and the closure of its NEEDS, program and that of its MODS, one per line.
print-needs:
	@$(foreach m,$(MODULES),echo 'lib/$m $(call needs,$m)';) \
	$(foreach p,$(BUILT),echo '$(call prog_dir,$p) $(call needs,$($p_MODS))';) :
print-direct:
	@$(foreach m,$(MODULES),echo '$m $(lib_$m_NEEDS)';) :
format:
	clang-format -i $(C_FILES)
check-format:
	@clang-format --dry-run -Werror $(C_FILES)

# ---- install, dist

INSTALL = install
MANPAGES = $(wildcard man/*.[1-8])
# For systemd, with the paths of this installation.
UNITS = conf/mox.service conf/mox.sysusers conf/mox.tmpfiles
unit_dest = $(prefix)/lib/$(if $(filter %.service,$1),systemd/system/mox.service,$(if $(filter \
	%.sysusers,$1),sysusers.d/mox.conf,tmpfiles.d/mox.conf))
unit_paths = -e 's|/usr/bin/mox|$(bindir)/mox|g' -e 's|/etc/mox|$(sysconfdir)/mox|g' \
	-e 's|/var/lib/mox|$(localstatedir)/lib/mox|g'
install: all
	$(INSTALL) -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(libexecdir)/mox' '$(DESTDIR)$(sysconfdir)/mox' \
		'$(DESTDIR)$(datadir)/mox' '$(DESTDIR)$(docdir)'
	for p in $(BINS); do case $$p in \
	*/mox) $(INSTALL) -m 755 $$p '$(DESTDIR)$(bindir)/' ;; \
	*) $(INSTALL) -m 755 $$p '$(DESTDIR)$(libexecdir)/mox/' ;; esac || exit 1; done
	for m in $(MANPAGES); do s='$(DESTDIR)$(mandir)'/man$${m##*.}; \
	$(INSTALL) -d "$$s" && $(INSTALL) -m 644 $$m "$$s/" || exit 1; done
	for c in $(wildcard conf/*.sample); do \
	$(INSTALL) -m 644 $$c '$(DESTDIR)$(datadir)/mox/' || exit 1; done
	for f in $(wildcard README LICENSE); do \
	$(INSTALL) -m 644 $$f '$(DESTDIR)$(docdir)/' || exit 1; done
	$(foreach u,$(wildcard $(UNITS)),$(INSTALL) -d '$(DESTDIR)$(dir $(call unit_dest,$u))' && \
	sed $(unit_paths) $u >'$(DESTDIR)$(call unit_dest,$u)' &&) :

uninstall:
	rm -f '$(DESTDIR)$(bindir)/mox'
	rm -rf '$(DESTDIR)$(libexecdir)/mox' '$(DESTDIR)$(datadir)/mox' '$(DESTDIR)$(docdir)'
	for m in $(MANPAGES); do rm -f "$(DESTDIR)$(mandir)/man$${m##*.}/$${m#man/}"; done
	rm -f $(foreach u,$(wildcard $(UNITS)),'$(DESTDIR)$(call unit_dest,$u)')

clean:
	rm -rf build
distclean: clean
	rm -rf autom4te.cache config.mk config.h config.h.in config.h.in~ config.log config.status \
		configure configure~ aclocal.m4
# What is committed, and configure, so that the tarball builds without autoconf.
dist:
	@contrib/dist

help:
	@echo 'all check check-unit [M=module] fuzz-corpus fuzz [FUZZ=name] [FUZZ_SECONDS=n] bench'
	@echo 'localserve [ARGS=..] lint check-layers format check-format'
	@echo 'install uninstall [DESTDIR=..] dist clean distclean deps'
	@echo 'variants: SAN=address,undefined  COV=1  CC=clang B=build/clang  V=1 shows commands'

FORCE:
.PHONY: help all FORCE unit-bins check-unit fuzz-bins fuzz-corpus fuzz deps deps-build deps-test check bench \
	localserve lint check-layers format check-format install uninstall clean distclean dist \
	print-needs print-direct

-include $(shell [ -d $(B) ] && find $(B) -name '*.d')
