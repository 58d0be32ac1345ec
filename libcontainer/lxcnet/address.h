/* SPDX-License-Identifier: Apache-2.0 */
/* IP and hardware addresses as text.  Owns: nothing.  Layer: lxcnet, pure: the C library's inet_pton makes no system call. */
#ifndef BERTH_LXCNET_ADDRESS_H
#define BERTH_LXCNET_ADDRESS_H

#include "document.h"

enum { LXCNET_IP_TEXT_SIZE = 46, LXCNET_MAC_TEXT_SIZE = 18 };

/* "10.0.3.1" or "fd00::1".  -EINVAL. */
int lxcnet_ip_parse(enum lxcnet_family family, const char *text, struct lxcnet_ip *ret);
const char *lxcnet_ip_text(const struct lxcnet_ip *ip, char buf[static LXCNET_IP_TEXT_SIZE]);
/* "10.0.0.0/8", "10.0.0.1" (a host).  -EINVAL; -ERANGE the prefix is too long. */
int lxcnet_route_parse(enum lxcnet_family family, const char *text, struct lxcnet_route *ret);
/* The last address of the network. */
struct lxcnet_ip lxcnet_ip_broadcast(const struct lxcnet_ip *ip, unsigned prefix);
bool lxcnet_ip_is_link_local(const struct lxcnet_ip *ip);

/* Is TEXT a hardware address in which digits may be 'x'? */
bool lxcnet_mac_is_template(const char *text);
/* Fill each 'x' of TEMPLATE with four bits of RANDOM.  A first byte that is random in its lower digit is made that of a
 * unicast address, as no device can have another.  -EINVAL. */
int lxcnet_mac_fill(const char *template, const unsigned char random[static LXCNET_MAC_BYTES],
                    unsigned char ret[static LXCNET_MAC_BYTES]);
const char *lxcnet_mac_text(const unsigned char mac[static LXCNET_MAC_BYTES], char buf[static LXCNET_MAC_TEXT_SIZE]);

/* PREFIX and six random letters and digits, in BUF: "vethk3VxQ0". */
const char *lxcnet_random_name(const char *prefix, const unsigned char random[static LXCNET_MAC_BYTES],
                               char buf[static LXCNET_NAME_SIZE]);

#endif
