/* SPDX-License-Identifier: GPL-2.0-only */
/* The methods of io.ownerd: each reads the manager's state and describes it. */
#ifndef OWNERD_METHODS_H
#define OWNERD_METHODS_H

#include "control.h"

/* For control_config.methods; its userdata is the struct manager. */
extern const struct control_method methods_table[];

/* The text of src/io.ownerd.varlink. */
extern const char methods_interface[];

#endif
