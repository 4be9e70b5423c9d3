/* SPDX-License-Identifier: Apache-2.0 */
/*
 * getaddrinfo() honours the site's rules (hosts file, nsswitch) and blocks, so it runs in a thread of its
 * own. The work belongs to both: whoever is done with it last frees it.
 */
#include "pg_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "alloc.h"

#define TARGETS_MAX 32

struct resolution {
	atomic_int holders;
	int fd; /* readable when the work is done */
	struct target *hosts, *found;
	size_t n_hosts, n_found;
	struct error err;
};

bool host_is_name(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	if (!host || *host == '/' || *host == '@')
		return false;
	return inet_pton(AF_INET, host, address) != 1 && inet_pton(AF_INET6, host, address) != 1;
}

void targets_free(struct target *targets, size_t n_targets)
{
	for (size_t i = 0; i < n_targets; i++) {
		free(targets[i].host);
		free(targets[i].hostaddr);
		free(targets[i].port);
	}
	free(targets);
}

static void add_found(struct resolution *work, const struct target *host, char *hostaddr)
{
	work->found[work->n_found++] =
	        (struct target){ alloc_text(host->host), hostaddr, alloc_text(host->port) };
}

static void resolve_host(struct resolution *work, const struct target *host)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG }, *list = NULL;
	int result = getaddrinfo(host->host, NULL, &hints, &list);
	char text[NI_MAXHOST];

	if (result != 0)
		fail(&work->err, ERROR_TRANSIENT, "could not resolve host \"%s\": %s", host->host,
		     gai_strerror(result));
	for (struct addrinfo *at = list; at && work->n_found < TARGETS_MAX; at = at->ai_next)
		if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST) ==
		    0)
			add_found(work, host, alloc_text(text));
	if (list)
		freeaddrinfo(list);
}

static void *run(void *arg)
{
	struct resolution *work = arg;
	uint64_t one = 1;

	for (size_t i = 0; i < work->n_hosts && work->n_found < TARGETS_MAX; i++) {
		const struct target *host = &work->hosts[i];

		if (!host->hostaddr && host_is_name(host->host))
			resolve_host(work, host);
		else
			add_found(work, host, alloc_text(host->hostaddr));
	}
	if (write(work->fd, &one, sizeof(one)) < 0)
		abort(); /* an eventfd of our own takes it */
	resolution_drop(work);
	return NULL;
}

static int start_thread(struct resolution *work)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;

	sigfillset(&all); /* signals are the loop's */
	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int result = pthread_create(&thread, &attributes, run, work);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attributes);
	return result;
}

struct resolution *resolution_start(const struct target *hosts, size_t n_hosts, int *ret_fd)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return NULL;
	struct resolution *work = alloc_zeroed(1, sizeof(*work));
	work->fd = fd;
	work->hosts = alloc_zeroed(n_hosts, sizeof(*work->hosts));
	work->found = alloc_zeroed(TARGETS_MAX, sizeof(*work->found));
	work->n_hosts = n_hosts;
	for (size_t i = 0; i < n_hosts; i++)
		work->hosts[i] = (struct target){ alloc_text(hosts[i].host), alloc_text(hosts[i].hostaddr),
			                          alloc_text(hosts[i].port) };
	atomic_store(&work->holders, 2);
	int result = start_thread(work);
	if (result != 0) {
		atomic_store(&work->holders, 1);
		resolution_drop(work);
		errno = result;
		return NULL;
	}
	*ret_fd = fd;
	return work;
}

struct target *resolution_take(struct resolution *work, size_t *ret_count, struct error *err)
{
	struct target *found = TAKE(work->found);

	*ret_count = work->n_found;
	work->n_found = 0;
	*err = work->err;
	resolution_drop(work);
	return found;
}

void resolution_drop(struct resolution *work)
{
	if (atomic_fetch_sub(&work->holders, 1) != 1)
		return;
	(void)close(work->fd);
	targets_free(work->hosts, work->n_hosts);
	targets_free(work->found, work->n_found);
	free(work);
}
