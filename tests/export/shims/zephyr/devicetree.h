#pragma once
/* One io-channel for each channel of the network, and one console. */
#define DT_PATH(node) node
#define DT_FOREACH_PROP_ELEM(node, property, macro) IO_CHANNELS(macro)
#define DT_CHOSEN(name) name
#define DEVICE_DT_GET(node) (&the_device)
