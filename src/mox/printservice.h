/* The systemd unit of mox serve. */
#ifndef MOX_MOX_PRINTSERVICE_H
#define MOX_MOX_PRINTSERVICE_H

#include <stdio.h>

void mox_put_unit(FILE *f, const char *bindir, const char *config, const char *config_dir,
		  const char *data_dir);

#endif
