lib_dns_SRCS := lib/dns/packet.c lib/dns/servers.c lib/dns/asker.c lib/dns/result.c lib/dns/dns.c
lib_dns_NEEDS := base event config crypto
lib_dns_CFLAGS = $(CARES_CFLAGS)
lib_dns_LIBS = $(CARES_LIBS)
