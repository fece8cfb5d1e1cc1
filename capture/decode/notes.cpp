#include "ffmpeg.h"

#include <cstdarg>
#include <cstdio>

namespace decode {

Notes &Notes::get() {
    static Notes notes;
    return notes;
}

void Notes::install(long long max_pixels) {
    max_pixels_ = max_pixels;
    av_log_set_level(AV_LOG_INFO);
    av_log_set_callback(write);
}

void Notes::write(void *context, int level, const char *format, va_list args) {
    if (level > AV_LOG_INFO) return;
    char line[512];
    std::vsnprintf(line, sizeof line, format, args);
    bool decoder = false;
    if (context) {
        const AVClass *c = *static_cast<const AVClass **>(context);
        if (c) decoder = (c->get_category ? c->get_category(context) : c->category) == AV_CLASS_CATEGORY_DECODER;
    }
    get().note(decoder, level, line);
}

void Notes::note(bool decoder, int level, const std::string &line) {
    const auto has = [&](const char *text) { return line.find(text) != std::string::npos; };
    unsigned width, height;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (has("exceeds specified max pixel count") && std::sscanf(line.c_str(), "Picture size %ux%u", &width, &height) == 2) {
        width_ = width;
        height_ = height;
    }
    if (has("Packet corrupt (stream") || has("RTP: missed")) losses_++;
    if (has("concealing")) {  // said at a level of its own, and once a picture
        damages_++;
        text_ = line;
        return;
    }
    if (level > AV_LOG_ERROR || has("SEI") || has("APP fields") || has("VPS")) return;  // those say nothing about the pixels
    if (!decoder) return;  // a protocol's own words may hold a password
    damages_++;
    text_ = line;
}

std::string Notes::text() {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::string text = text_;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

std::string Notes::too_large() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return width_ > 0 ? oversized(width_, height_, max_pixels_) : "";
}

std::string oversized(double width, double height, long long max_pixels) {
    if (width * height <= double(max_pixels)) return "";
    char text[160];
    std::snprintf(text, sizeof text, "%.0f x %.0f is %.1f megapixels: the limit is %lld; scale it down", width, height, width * height / 1e6, max_pixels / 1000000);
    return text;
}

// Markers stand between the parts, and the coded pixels hold none but the restart markers.
bool whole_jpeg(const uint8_t *data, size_t size) {
    size_t i = 0;
    while (i + 1 < size && !(data[i] == 0xff && data[i + 1] == 0xd8)) i++;
    for (i += 2; i + 1 < size;) {
        if (data[i] != 0xff) {  // coded pixels
            i++;
            continue;
        }
        const uint8_t marker = data[i + 1];
        if (marker == 0xd9) return true;
        if (marker == 0xd8) return false;
        if (marker == 0xff) {
            i++;
        } else if (marker == 0 || marker == 1 || (marker >= 0xd0 && marker <= 0xd7)) {
            i += 2;
        } else {
            if (i + 3 >= size) return false;
            i += 2 + (size_t(data[i + 2]) << 8 | data[i + 3]);
        }
    }
    return false;
}

}  // namespace decode
