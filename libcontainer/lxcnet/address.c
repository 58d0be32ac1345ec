/* SPDX-License-Identifier: Apache-2.0 */
#include "address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "num.h"
#include "str.h"

static int af(enum lxcnet_family family) { return family == LXCNET_IPV4 ? AF_INET : AF_INET6; }

int lxcnet_ip_parse(enum lxcnet_family family, const char *text, struct lxcnet_ip *ret)
{
        struct lxcnet_ip ip = { .family = family };

        if (inet_pton(af(family), text, ip.bytes) != 1)
                return -EINVAL;
        *ret = ip;
        return 0;
}

const char *lxcnet_ip_text(const struct lxcnet_ip *ip, char buf[static LXCNET_IP_TEXT_SIZE])
{
        return inet_ntop(af(ip->family), ip->bytes, buf, LXCNET_IP_TEXT_SIZE);
}

int lxcnet_route_parse(enum lxcnet_family family, const char *text, struct lxcnet_route *ret)
{
        int64_t prefix = (int64_t) lxcnet_ip_len(family) * 8;
        const char *slash = strchr(text, '/');
        char ip[LXCNET_IP_TEXT_SIZE];

        if (slash && num_parse_range(slash + 1, 0, prefix, &prefix) < 0)
                return -ERANGE;
        if (snprintf(ip, sizeof ip, "%.*s", slash ? (int) (slash - text) : (int) strlen(text), text) >= (int) sizeof ip)
                return -EINVAL;
        if (lxcnet_ip_parse(family, ip, &ret->to) < 0)
                return -EINVAL;
        ret->prefix = (unsigned) prefix;
        return 0;
}

struct lxcnet_ip lxcnet_ip_broadcast(const struct lxcnet_ip *ip, unsigned prefix)
{
        struct lxcnet_ip last = *ip;

        for (unsigned bit = prefix; bit < lxcnet_ip_len(ip->family) * 8; bit++)
                last.bytes[bit / 8] |= (unsigned char) (0x80 >> bit % 8);
        return last;
}

bool lxcnet_ip_is_link_local(const struct lxcnet_ip *ip)
{
        return ip->family == LXCNET_IPV6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

bool lxcnet_mac_is_template(const char *text)
{
        if (strlen(text) != LXCNET_MAC_TEXT_SIZE - 1)
                return false;
        for (size_t i = 0; i < LXCNET_MAC_TEXT_SIZE - 1; i++)
                if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char) text[i]) && text[i] != 'x' && text[i] != 'X')
                        return false;
        return true;
}

static unsigned char digit(char c)
{
        return (unsigned char) (isdigit((unsigned char) c) ? c - '0' : tolower((unsigned char) c) - 'a' + 10);
}

int lxcnet_mac_fill(const char *template, const unsigned char random[static LXCNET_MAC_BYTES],
                    unsigned char ret[static LXCNET_MAC_BYTES])
{
        if (!lxcnet_mac_is_template(template))
                return -EINVAL;
        for (size_t i = 0; i < LXCNET_MAC_BYTES; i++) {
                const char high = template[3 * i], low = template[3 * i + 1];

                ret[i] = (unsigned char) ((tolower((unsigned char) high) == 'x' ? random[i] & 0xf0 : digit(high) << 4) |
                                          (tolower((unsigned char) low) == 'x' ? random[i] & 0x0f : digit(low)));
                if (i == 0 && tolower((unsigned char) low) == 'x')
                        ret[i] &= 0xfe;
        }
        return 0;
}

const char *lxcnet_mac_text(const unsigned char mac[static LXCNET_MAC_BYTES], char buf[static LXCNET_MAC_TEXT_SIZE])
{
        snprintf(buf, LXCNET_MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
        return buf;
}

const char *lxcnet_random_name(const char *prefix, const unsigned char random[static LXCNET_MAC_BYTES],
                               char buf[static LXCNET_NAME_SIZE])
{
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        char tail[LXCNET_MAC_BYTES + 1] = "";

        for (size_t i = 0; i < LXCNET_MAC_BYTES; i++)
                tail[i] = letters[random[i] % (sizeof letters - 1)];
        snprintf(buf, LXCNET_NAME_SIZE, "%.9s%s", prefix, tail);
        return buf;
}
