#include "opencv.h"

#include <cstdio>
#include <exception>
#include <memory>
#include <vector>

#include <dlfcn.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>

namespace {

// A C++ exception must not cross into Go: it would end the process.
template <typename Call>
auto guarded(char *error, Call call) -> decltype(call()) {
    error[0] = 0;
    try {
        return call();
    } catch (const cv::Exception &e) {
        std::snprintf(error, capture_error_size, "%s", e.err.c_str());
    } catch (const std::exception &e) {
        std::snprintf(error, capture_error_size, "%s", e.what());
    }
    return {};
}

cv::VideoCapture *as_video(void *p) { return static_cast<cv::VideoCapture *>(p); }
cv::Mat &as_mat(void *p) { return *static_cast<cv::Mat *>(p); }

}  // namespace

void *capture_open(const char *uri, int api, const int *params, int num_params, char *error) {
    return guarded(error, [&]() -> void * {
        std::unique_ptr<cv::VideoCapture> video(new cv::VideoCapture);
        if (!video->open(uri, api, std::vector<int>(params, params + num_params))) return nullptr;
        return video.release();
    });
}

int capture_grab(void *video, char *error) {
    return guarded(error, [&] { return int(as_video(video)->grab()); });
}

int capture_retrieve(void *video, void *mat, char *error) {
    return guarded(error, [&] { return int(as_video(video)->retrieve(as_mat(mat))); });
}

double capture_get(void *video, int property) {
    char error[capture_error_size];
    return guarded(error, [&] { return as_video(video)->get(property); });
}

void capture_set(void *video, int property, double value) {
    char error[capture_error_size];
    guarded(error, [&] { return as_video(video)->set(property, value); });
}

void capture_close(void *video) { delete as_video(video); }

// Asks the GStreamer that OpenCV's videoio links, which is so in the process already; without one there are no elements.
int capture_has_gstreamer_element(const char *name) {
    const auto init = reinterpret_cast<int (*)(int *, char ***, void **)>(dlsym(RTLD_DEFAULT, "gst_init_check"));
    const auto find = reinterpret_cast<void *(*)(const char *)>(dlsym(RTLD_DEFAULT, "gst_element_factory_find"));
    const auto unref = reinterpret_cast<void (*)(void *)>(dlsym(RTLD_DEFAULT, "gst_object_unref"));
    if (!init || !find || !unref || !init(nullptr, nullptr, nullptr)) return 0;
    void *factory = find(name);
    if (factory) unref(factory);
    return factory != nullptr;
}

int capture_decode(void *data, size_t size, void *mat, char *error) {
    return guarded(error, [&] {
        const cv::Mat bytes(1, int(size), CV_8U, data);
        cv::Mat &picture = as_mat(mat);
        picture.release();  // imdecode leaves the pixels of the picture before where it fails early
        return int(!cv::imdecode(bytes, cv::IMREAD_COLOR, &picture).empty());
    });
}
