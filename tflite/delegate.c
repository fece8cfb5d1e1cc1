#include "shim.h"

#include <dlfcn.h>
#include <stdio.h>

static int fail(mw_delegate *d, char *text, const char *why) {
  snprintf(text, MW_TEXT, "%s", why ? why : "not found");
  if (d->handle) dlclose(d->handle);
  *d = (mw_delegate){0};
  return -1;
}

int mw_xnnpack(const mw_api *api, mw_delegate *d, int threads, int quantized, char *text) {
  *d = (mw_delegate){0};
  if (!api->XNNPackDelegateOptionsDefault || !api->XNNPackDelegateCreate || !api->XNNPackDelegateDelete)
    return fail(d, text, "the library was built without XNNPACK");
  mw_xnnpack_options options = api->XNNPackDelegateOptionsDefault();
  options.threads = threads;
  if (quantized) options.flags |= 3; // QS8 and QU8, which newer libraries set themselves
  if (!(d->delegate = api->XNNPackDelegateCreate(&options))) return fail(d, text, "TfLiteXNNPackDelegateCreate failed");
  d->free = api->XNNPackDelegateDelete;
  return 0;
}

int mw_gpu(const char *path, mw_delegate *d, char *text) {
  *d = (mw_delegate){0};
  if (!(d->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL))) return fail(d, text, dlerror());
  void *(*create)(const void *options);
  if (!(*(void **)&create = dlsym(d->handle, "TfLiteGpuDelegateV2Create"))) return fail(d, text, dlerror());
  if (!(*(void **)&d->free = dlsym(d->handle, "TfLiteGpuDelegateV2Delete"))) return fail(d, text, dlerror());
  if (!(d->delegate = create(NULL))) return fail(d, text, "TfLiteGpuDelegateV2Create failed"); // NULL: its default options
  return 0;
}

// A plug-in reports without saying to whom; creating a delegate is rare, and it happens on the caller's thread.
static _Thread_local char *plugin_text;

static void plugin_report(const char *message) { snprintf(plugin_text, MW_TEXT, "%s", message); }

int mw_plugin(const char *path, mw_delegate *d, char *text) {
  *d = (mw_delegate){0};
  if (!(d->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL))) return fail(d, text, dlerror());
  void *(*create)(char **keys, char **values, size_t count, void (*report)(const char *));
  if (!(*(void **)&create = dlsym(d->handle, "tflite_plugin_create_delegate"))) return fail(d, text, dlerror());
  if (!(*(void **)&d->free = dlsym(d->handle, "tflite_plugin_destroy_delegate"))) return fail(d, text, dlerror());
  char why[MW_TEXT] = "tflite_plugin_create_delegate failed";
  plugin_text = why;
  d->delegate = create(NULL, NULL, 0, plugin_report);
  plugin_text = NULL;
  return d->delegate ? 0 : fail(d, text, why);
}

void mw_delegate_free(mw_delegate *d) {
  if (d->delegate) d->free(d->delegate);
  if (d->handle) dlclose(d->handle);
  *d = (mw_delegate){0};
}
