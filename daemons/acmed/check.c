/*
 * The only things that a TLS key signs. A worker that was taken over can ask for handshake
 * signatures (and so pass for this server while it is), but for nothing that lasts or means
 * something elsewhere.
 */
#include "acmed.h"

#include "base/mem.h"
#include "base/wire.h"

#define CONTEXT13 "TLS 1.3, server CertificateVerify"
enum { PAD13 = 64, RANDOMS12 = 64, NAMED_CURVE = 3 };

static bool
is_tls13(struct str data)
{
	struct str pad = str_sub(data, 0, PAD13), rest = str_from(data, PAD13);

	for (size_t i = 0; i < pad.n; i++) {
		if (pad.p[i] != ' ')
			return false;
	}
	/* the separating zero is the NUL of the literal */
	if (!str_has_prefix(rest, str_mem(CONTEXT13, sizeof(CONTEXT13))))
		return false;
	rest = str_from(rest, sizeof(CONTEXT13));
	return rest.n == 32 || rest.n == 48; /* SHA-256 or SHA-384 of the handshake */
}

static bool
is_tls12(struct str data)
{
	/* NamedGroup, bytes of its public value, first byte of it (0: any) */
	static const struct {
		unsigned group, size, first;
	} groups[] = {
		{ 23, 65, 4 },	/* P-256, uncompressed */
		{ 24, 97, 4 },	/* P-384 */
		{ 25, 133, 4 }, /* P-521 */
		{ 29, 32, 0 },	/* X25519 */
		{ 30, 56, 0 },	/* X448 */
	};
	struct rd r = rd_init(str_from(data, RANDOMS12));
	uint64_t type = rd_uint(&r, 1);
	uint64_t hi = rd_uint(&r, 1), group = hi << 8 | rd_uint(&r, 1);
	struct str point = rd_bytes(&r, (size_t)rd_uint(&r, 1));

	if (data.n < RANDOMS12 || type != NAMED_CURVE || !rd_done(&r))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		if (group == groups[i].group)
			return point.n == groups[i].size &&
			       (groups[i].first == 0 ||
				(unsigned char)point.p[0] == groups[i].first);
	}
	return false;
}

enum check
check_data(struct str data)
{
	if (is_tls13(data))
		return CHECK_TLS13;
	return is_tls12(data) ? CHECK_TLS12 : CHECK_BAD;
}
