/*
 * libspf2 as a second opinion, for test_mailauth_diff.py: the argument is a DNS server, standard
 * input has lines of address, sender and HELO with tabs between. Prints a result word for each,
 * "crash" when the library does. It asks through lib/dns.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "dns/dns.h"

#include <spf2/spf.h>

static struct loop *loop;
static struct dns *dns;

struct lookup {
	SPF_dns_rr_t *rr;
	enum dns_type type;
};

static void
add(struct lookup *l, int i, struct str s)
{
	if (SPF_dns_rr_buf_realloc(l->rr, i, s.n + 1) != SPF_E_SUCCESS)
		exit(1);
	memcpy(l->rr->rr[i]->txt, s.p, s.n);
	l->rr->rr[i]->txt[s.n] = '\0';
}

static void
add_record(struct lookup *l, int i, const struct dns_rr *rr)
{
	if (l->type == DNS_A || l->type == DNS_AAAA)
		add(l, i, str_mem(&rr->aaaa, l->type == DNS_A ? 4 : 16));
	else
		add(l, i,
		    l->type == DNS_MX	 ? rr->mx.name
		    : l->type == DNS_PTR ? rr->name
					 : rr->txt);
}

static void
on_answer(void *arg, const struct dns_answer *a)
{
	static const int codes[] = { [DNS_OK] = NETDB_SUCCESS,
				     [DNS_NODATA] = NO_DATA,
				     [DNS_NXDOMAIN] = HOST_NOT_FOUND,
				     [DNS_TEMP] = TRY_AGAIN };
	struct lookup *l = arg;

	l->rr->herrno = codes[a->status];
	l->rr->num_rr = (int)a->n;
	for (size_t i = 0; i < a->n; i++)
		add_record(l, (int)i, &a->rr[i]);
	loop_stop(loop);
}

static SPF_dns_rr_t *
lookup(SPF_dns_server_t *server, const char *domain, ns_type type, int should_cache)
{
	struct lookup l = { SPF_dns_rr_new_init(server, domain, type, 60, HOST_NOT_FOUND),
			    (enum dns_type)type };

	(void)should_cache;
	dns_query(dns, str_c(domain), l.type, 5000, on_answer, &l);
	loop_run(loop);
	return l.rr;
}

/* It gives faults as numbers of its own. */
static const char *
word(SPF_response_t *r)
{
	if (SPF_response_result(r) != SPF_RESULT_INVALID)
		return SPF_strresult(SPF_response_result(r));
	return SPF_response_errcode(r) == SPF_E_DNS_ERROR ? "temperror" : "permerror";
}

static void
check(char *ip, char *from, char *helo, FILE *out)
{
	static SPF_dns_server_t server = { .lookup = lookup, .name = "lib/dns" };
	SPF_server_t *s = SPF_server_new_dns(&server, 0);
	SPF_request_t *q = SPF_request_new(s);
	SPF_response_t *r = NULL;

	if (strchr(ip, ':') != NULL)
		SPF_request_set_ipv6_str(q, ip);
	else
		SPF_request_set_ipv4_str(q, ip);
	SPF_request_set_helo_dom(q, helo);
	if (from[0] != '\0')
		SPF_request_set_env_from(q, from);
	SPF_request_query_mailfrom(q, &r);
	fprintf(out, "%s\n", r != NULL ? word(r) : "none");
}

/* In a process of its own, which may die. */
static void
check_line(const char *server, char *line)
{
	char *from = strchr(line, '\t'), *helo = from != NULL ? strchr(from + 1, '\t') : NULL;
	char tmp[4096];
	int p[2], status;
	ssize_t n;
	pid_t pid;

	if (helo == NULL || pipe(p) < 0)
		exit(1);
	*from++ = *helo++ = '\0';
	fflush(stdout);
	if ((pid = fork()) == 0) {
		struct dns_opts o = { .servers = str_c(server) };
		FILE *out = fdopen(p[1], "w");

		loop = loop_new();
		dns = dns_new(loop, &o, NULL);
		if (out == NULL || dns == NULL)
			_exit(1);
		alarm(30);
		close(STDERR_FILENO);
		check(line, from, helo, out);
		fclose(out);
		_exit(0);
	}
	close(p[1]);
	while ((n = read(p[0], tmp, sizeof(tmp))) > 0)
		fwrite(tmp, 1, (size_t)n, stdout);
	close(p[0]);
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		puts("crash");
}

int
main(int argc, char **argv)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (argc != 2)
		return 2;
	while ((n = getline(&line, &cap, stdin)) > 0) {
		line[n - 1] = '\0';
		check_line(argv[1], line);
	}
	free(line);
	return 0;
}
