#include "ffmpeg.h"
#include "native.h"

#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>

#include <dlfcn.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>

namespace {

struct Device {
    cv::VideoCapture video;
    cv::Mat raw, picture;
    long long max_pixels;
};

void tell(decode_result *r, int kind, const char *text) {
    r->kind = kind;
    std::snprintf(r->text, sizeof r->text, "%s", text);
}

// A C++ exception must not cross into Go: it would end the process.
template <typename Call>
void guarded(decode_result *r, Call call) {
    std::memset(r, 0, sizeof *r);
    try {
        call();
    } catch (const cv::Exception &e) {
        tell(r, decode_error, e.err.c_str());
    } catch (const std::exception &e) {
        tell(r, decode_error, e.what());
    }
}

void give(const cv::Mat &picture, decode_result *r) {
    r->kind = decode_picture;
    r->width = picture.cols;
    r->height = picture.rows;
    r->pixels = picture.data;
}

// to_bgr makes what a driver gives BGR of 8 bits, without padding.
const cv::Mat &to_bgr(Device &d) {
    switch (d.raw.type()) {
    case CV_8UC1: cv::merge(std::vector<cv::Mat>{d.raw, d.raw, d.raw}, d.picture); return d.picture;
    case CV_8UC3:
        if (d.raw.isContinuous()) return d.raw;
        d.raw.copyTo(d.picture);
        return d.picture;
    case CV_16UC1: {
        cv::Mat low;
        d.raw.convertTo(low, CV_8U, 255.0 / 65535);
        cv::merge(std::vector<cv::Mat>{low, low, low}, d.picture);
        return d.picture;
    }
    default: CV_Error(cv::Error::StsUnsupportedFormat, "the device gives pixels of a kind that is not known");
    }
}

// tiff_error prints what libtiff goes on after, with pixels that are made up.
void tiff_error(void *, const char *module, const char *format, va_list args) {
    char text[160];
    std::vsnprintf(text, sizeof text, format, args);
    std::fprintf(stderr, "libtiff error: %s: %s\n", module, text);
}

// OpenCV silences libtiff, which has a second handler for errors. Without OpenCV's libtiff in the process there are no TIFF files.
bool hear_tiff() {
    using handler = void (*)(void *, const char *, const char *, va_list);
    const auto set = reinterpret_cast<handler (*)(handler)>(dlsym(RTLD_DEFAULT, "TIFFSetErrorHandlerExt"));
    if (set) set(tiff_error);
    return set != nullptr;
}

}  // namespace

void *decode_device_open(const char *name, int api, int width, int height, double fps, long long max_pixels, decode_result *r) {
    std::unique_ptr<Device> d(new Device);
    d->max_pixels = max_pixels;
    guarded(r, [&] {
        if (!d->video.open(name, api)) return tell(r, decode_error, "");
        if (width > 0) d->video.set(cv::CAP_PROP_FRAME_WIDTH, width);
        if (height > 0) d->video.set(cv::CAP_PROP_FRAME_HEIGHT, height);
        if (fps > 0) d->video.set(cv::CAP_PROP_FPS, fps);
        const double rate = d->video.get(cv::CAP_PROP_FPS);
        r->kind = decode_info;
        r->fps = rate > 0 && rate <= 1000 ? rate : 0;
        r->width = int(d->video.get(cv::CAP_PROP_FRAME_WIDTH));
        r->height = int(d->video.get(cv::CAP_PROP_FRAME_HEIGHT));
    });
    return r->kind == decode_info ? d.release() : nullptr;
}

void decode_device_next(void *device, decode_result *r) {
    Device &d = *static_cast<Device *>(device);
    guarded(r, [&] {
        if (!d.video.grab()) return tell(r, decode_end, "");
        const auto began = std::chrono::steady_clock::now();
        if (!d.video.retrieve(d.raw)) return tell(r, decode_end, "");
        if (d.raw.empty()) return tell(r, decode_damaged, "the device gave no pixels");
        const std::string large = decode::oversized(d.raw.cols, d.raw.rows, d.max_pixels);
        if (!large.empty()) return tell(r, decode_error, large.c_str());
        give(to_bgr(d), r);
        r->took_us = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began).count();
    });
}

// Asks the GStreamer that OpenCV's videoio links, which is so in the process already; without one there are no elements.
int decode_has_gstreamer_element(const char *name) {
    const auto init = reinterpret_cast<int (*)(int *, char ***, void **)>(dlsym(RTLD_DEFAULT, "gst_init_check"));
    const auto find = reinterpret_cast<void *(*)(const char *)>(dlsym(RTLD_DEFAULT, "gst_element_factory_find"));
    const auto unref = reinterpret_cast<void (*)(void *)>(dlsym(RTLD_DEFAULT, "gst_object_unref"));
    if (!init || !find || !unref || !init(nullptr, nullptr, nullptr)) return 0;
    void *factory = find(name);
    if (factory) unref(factory);
    return factory != nullptr;
}

void decode_still(const void *data, size_t size, decode_result *r) {
    static cv::Mat picture;  // its pixels are read until the next call
    static const bool heard = hear_tiff();
    (void)heard;
    guarded(r, [&] {
        picture.release();
        const cv::Mat bytes(1, int(size), CV_8U, const_cast<void *>(data));
        picture = cv::imdecode(bytes, cv::IMREAD_COLOR);
        if (picture.empty()) return tell(r, decode_damaged, "OpenCV cannot decode it");
        if (!picture.isContinuous()) picture = picture.clone();
        give(picture, r);
    });
}

void decode_turn(const void *pixels, int width, int height, int orientation, decode_result *r) {
    static cv::Mat turned[2];  // one holds the picture where it is turned again
    static int next = 0;
    guarded(r, [&] {
        const cv::Mat from(height, width, CV_8UC3, const_cast<void *>(pixels));
        cv::Mat &to = turned[next ^= 1];
        switch (orientation) {
        case 2: cv::flip(from, to, 1); break;
        case 3: cv::rotate(from, to, cv::ROTATE_180); break;
        case 4: cv::flip(from, to, 0); break;
        case 5: cv::transpose(from, to); break;
        case 6: cv::rotate(from, to, cv::ROTATE_90_CLOCKWISE); break;
        case 7: {
            cv::Mat half;
            cv::transpose(from, half);
            cv::rotate(half, to, cv::ROTATE_180);
            break;
        }
        case 8: cv::rotate(from, to, cv::ROTATE_90_COUNTERCLOCKWISE); break;
        default: from.copyTo(to);
        }
        give(to, r);
    });
}
