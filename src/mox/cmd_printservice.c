/* mox config printservice: the systemd unit. */
#include "printservice.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config/config.h"
#include "mox.h"

static const char unit_head[] =
	"[Unit]\n"
	"Description=mox mail server\n"
	"Documentation=man:mox(1)\n"
	"Wants=network-online.target\n"
	"After=network-online.target nss-lookup.target\n"
	"\n"
	"[Service]\n"
	"# systemd before version 253 takes the first line and ignores the second; reload "
	"with: mox reload\n"
	"Type=notify\n"
	"Type=notify-reload\n"
	"NotifyAccess=main\n"
	"WatchdogSec=60\n";

static const char unit_tail[] =
	"Restart=always\n"
	"RestartSec=5\n"
	"TimeoutStartSec=120\n"
	"TimeoutStopSec=60\n"
	"KillMode=mixed\n"
	"OOMPolicy=continue\n"
	"LimitNOFILE=65536\n"
	"LimitCORE=0\n"
	"LimitMEMLOCK=64M\n"
	"UMask=0027\n"
	"\n"
	"# The master process is root, to open ports and keys and to give each process its own "
	"user. These are\n"
	"# all the powers it needs; the other processes have none.\n"
	"CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_SETPCAP "
	"CAP_SYS_CHROOT CAP_CHOWN\n"
	"CapabilityBoundingSet=CAP_FOWNER CAP_DAC_OVERRIDE CAP_KILL CAP_SYS_RESOURCE\n"
	"AmbientCapabilities=\n"
	"NoNewPrivileges=yes\n"
	"ProtectSystem=strict\n"
	"ProtectHome=yes\n"
	"ProtectProc=invisible\n"
	"ProtectClock=yes\n"
	"ProtectHostname=yes\n"
	"ProtectControlGroups=yes\n"
	"ProtectKernelLogs=yes\n"
	"ProtectKernelModules=yes\n"
	"ProtectKernelTunables=yes\n"
	"PrivateDevices=yes\n"
	"PrivateTmp=yes\n"
	"LockPersonality=yes\n"
	"MemoryDenyWriteExecute=yes\n"
	"RemoveIPC=yes\n"
	"RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n"
	"RestrictNamespaces=yes\n"
	"RestrictRealtime=yes\n"
	"SystemCallArchitectures=native\n"
	"SystemCallFilter=@system-service chroot seccomp landlock_create_ruleset "
	"landlock_add_rule\n"
	"SystemCallFilter=landlock_restrict_self\n"
	"\n"
	"[Install]\n"
	"WantedBy=multi-user.target\n";

/* The path with all links followed, or as it is when it does not exist. */
static void
full_path(const char *path, char out[PATH_MAX])
{
	if (realpath(path, out) == NULL)
		snprintf(out, PATH_MAX, "%s", path);
}

/* A path as systemd reads it: quotes where needed, and its own specifiers. */
static void
put_path(FILE *f, const char *path)
{
	bool quote = path[strcspn(path, " \t\"'\\;$")] != '\0';

	if (quote)
		fputc('"', f);
	for (; *path != '\0'; path++) {
		if (*path == '"' || *path == '\\')
			fputc('\\', f);
		if (*path == '%' || *path == '$')
			fputc(*path, f);
		fputc(*path, f);
	}
	if (quote)
		fputc('"', f);
}

void
mox_put_unit(FILE *f, const char *bindir, const char *config, const char *config_dir,
	     const char *data_dir)
{
	char program[PATH_MAX];

	fputs(unit_head, f);
	snprintf(program, sizeof(program), "%s/mox", bindir);
	fputs("ExecStart=", f);
	put_path(f, program);
	fputs(" -config ", f);
	put_path(f, config);
	fputs(" serve\n# What it writes: its data, and domains.conf.\nReadWritePaths=", f);
	put_path(f, data_dir);
	fputc(' ', f);
	put_path(f, config_dir);
	fputc('\n', f);
	fputs(unit_tail, f);
}

int
cmd_config_printservice(struct mox *m, int argc, char **argv)
{
	char config[PATH_MAX], dir[PATH_MAX], data[PATH_MAX] = "/var/lib/mox";
	struct config *c = NULL;
	char path[LIM_PATH];
	char *slash;

	if (mox_args(m, &argc, &argv, NULL, 0, 0, 0) < 0)
		return MOX_USAGE;
	full_path(m->config, config);
	/* Without a configuration yet: the usual place. */
	if (config_load(&c, m->config, NULL, NULL, NULL) == 0 &&
	    config_path(c, c->mox.data_dir, path, NULL) == 0)
		full_path(path, data);
	config_free(&c);
	snprintf(dir, sizeof(dir), "%s", config);
	if ((slash = strrchr(dir, '/')) != NULL)
		*slash = '\0';
	mox_put_unit(stdout, MOX_BINDIR, config, dir, data);
	return MOX_OK;
}
