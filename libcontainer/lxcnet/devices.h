/* SPDX-License-Identifier: Apache-2.0 */
/* From the document to the devices that are to be made or moved, and their order.
 * Owns: nothing; they live in the caller's arena.  Layer: lxcnet, pure.
 *
 *      r = lxcnet_devices_decide(arena, document, names, n, random_bytes, record, e);
 *      for (pass = 0; pass < 2; pass++)
 *              for each device: if (lxcnet_device_pass(document, device) == pass) set it up in the container
 */
#ifndef BERTH_LXCNET_DEVICES_H
#define BERTH_LXCNET_DEVICES_H

#include "record.h"

typedef void (*lxcnet_random_fn)(unsigned char bytes[static LXCNET_MAC_BYTES]);

/* Fill record->devices: one for each interface, in the document's order; for a phys interface whose link was written with a
 * '+' one for each of the N_NAMES device NAMES of the host that begin so.  Names and hardware addresses that the document
 * leaves open are chosen.  -ENODEV: no device begins so. */
int lxcnet_devices_decide(struct arena *arena, const struct lxcnet_document *document, const char *const *names, size_t n_names,
                          lxcnet_random_fn random, struct lxcnet_record *record, struct err *e);

/* The name that DEVICE is to have in the container, perhaps a template. */
const char *lxcnet_device_name(const struct lxcnet_document *document, const struct lxcnet_device *device);
/* 0: set up first, since its name is a certain one; 1: then, with the next free number. */
int lxcnet_device_pass(const struct lxcnet_document *document, const struct lxcnet_device *device);

#endif
