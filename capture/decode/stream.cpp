#include "ffmpeg.h"
#include "native.h"

#include <chrono>
#include <cstring>
#include <exception>
#include <memory>
#include <set>
#include <stdexcept>

#include <poll.h>
#include <unistd.h>

extern "C" {
#include <libavutil/display.h>
}

namespace {

using decode::Notes;
using clock_type = std::chrono::steady_clock;

const int max_read_errors = 32;    // in a row, before a file is taken to be at its end
const int max_dirty = 250;         // pictures without a key frame after a damaged one
const int io_buffer = 1 << 16;
const int decode_threads = 2;      // within one picture: the pictures before and after keep their own errors
// Containers and streams. No playlists, and nothing that opens other files or addresses by itself.
const char formats[] =
    "mov,mp4,matroska,webm,mpegts,mpeg,avi,flv,h264,hevc,mjpeg,mpjpeg,ogg,asf,gif,apng,ivf,m4v,mpegvideo,h263,obu,mxf,nut,dv,rm,yuv4mpegpipe,rtsp,"
    "webp_pipe,png_pipe,jpeg_pipe,bmp_pipe,tiff_pipe,jpegxl_pipe,j2k_pipe,ppm_pipe,pgm_pipe,pam_pipe";

struct Stream {
    decode_source source;
    size_t position = 0;
    AVFormatContext *format = nullptr;
    AVIOContext *io = nullptr;
    AVCodecContext *codec = nullptr;
    AVStream *track = nullptr;
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    decode::Painter painter;
    clock_type::time_point deadline = clock_type::time_point::max();
    bool intra = false, draining = false, started = false;
    clock_type::duration waited{};  // for packets, of the present picture
    int read_errors = 0;
    int64_t sequence = 0;        // of packets
    std::set<int64_t> damages;   // packets that were damaged, and whose damage no key frame has ended yet
    int dirty = 0;               // pictures since the last of them

    ~Stream() {
        avcodec_free_context(&codec);
        avformat_close_input(&format);
        if (io) {
            av_freep(&io->buffer);
            avio_context_free(&io);
        }
        av_packet_free(&packet);
        av_frame_free(&frame);
    }

    void damaged(int64_t packet) {
        damages.insert(packet);
        dirty = 0;
    }

    // spoiled reports whether the picture of a packet shows what was damaged, by itself or by what it was predicted from.
    bool spoiled(int64_t packet, bool key) {
        if (intra) {
            damages.erase(damages.begin(), damages.lower_bound(packet));
            return damages.count(packet) > 0;
        }
        if (key || dirty >= max_dirty) damages.erase(damages.begin(), damages.lower_bound(packet));
        if (damages.empty() || *damages.begin() > packet) return false;
        dirty++;
        return true;
    }

    void limit(int ms) {
        deadline = ms > 0 ? clock_type::now() + std::chrono::milliseconds(ms) : clock_type::time_point::max();
    }
};

int interrupted(void *opaque) { return clock_type::now() > static_cast<Stream *>(opaque)->deadline; }

// read_pipe waits for bytes no longer than the deadline allows.
int read_pipe(const Stream &s, uint8_t *to, int size) {
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(s.deadline - clock_type::now()).count();
        pollfd waiting = {s.source.fd, POLLIN, 0};
        const int ready = poll(&waiting, 1, int(std::max<long long>(0, std::min<long long>(left + 1, 1000))));
        if (ready < 0 && errno != EINTR) return AVERROR(errno);
        if (ready <= 0 && left <= 0) return AVERROR_EXIT;
        if (ready <= 0) continue;
        const ssize_t n = read(s.source.fd, to, size_t(size));
        if (n < 0) return AVERROR(errno);
        return n ? int(n) : AVERROR_EOF;
    }
}

int read_bytes(void *opaque, uint8_t *to, int size) {
    Stream &s = *static_cast<Stream *>(opaque);
    if (s.source.pipe) return read_pipe(s, to, size);
    if (s.source.fd >= 0) {
        const ssize_t n = pread(s.source.fd, to, size_t(size), off_t(s.position));
        if (n < 0) return AVERROR(errno);
        s.position += size_t(n);
        return n ? int(n) : AVERROR_EOF;
    }
    const size_t n = std::min(size_t(size), s.source.size - std::min(s.position, s.source.size));
    if (!n) return AVERROR_EOF;
    std::memcpy(to, static_cast<const uint8_t *>(s.source.data) + s.position, n);
    s.position += n;
    return int(n);
}

int64_t seek_bytes(void *opaque, int64_t offset, int whence) {
    Stream &s = *static_cast<Stream *>(opaque);
    int64_t size = int64_t(s.source.size);
    if (s.source.fd >= 0) size = lseek(s.source.fd, 0, SEEK_END);
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE: return size;
    case SEEK_CUR: offset += int64_t(s.position); break;
    case SEEK_END: offset += size; break;
    }
    if (offset < 0) return AVERROR(EINVAL);
    s.position = size_t(offset);
    return offset;
}

[[noreturn]] void fail(int code) {
    const std::string large = Notes::get().too_large();
    if (!large.empty()) throw std::runtime_error(large);
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(code, text, sizeof text);
    throw std::runtime_error(text);
}

void check(int code) {
    if (code < 0) fail(code);
}

// choose takes the best video that is no cover picture of a song.
AVStream *choose(AVFormatContext *format, const AVCodec **decoder) {
    const int best = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, decoder, 0);
    if (best >= 0 && !(format->streams[best]->disposition & AV_DISPOSITION_ATTACHED_PIC)) return format->streams[best];
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *s = format->streams[i];
        if (s->codecpar->codec_type != AVMEDIA_TYPE_VIDEO || s->disposition & AV_DISPOSITION_ATTACHED_PIC) continue;
        *decoder = avcodec_find_decoder(s->codecpar->codec_id);
        if (*decoder) return s;
    }
    throw std::runtime_error("no video in it, or of a kind that FFmpeg cannot decode");
}

void open(Stream &s) {
    Notes::get().install(s.source.max_pixels);
    avformat_network_init();
    s.limit(s.source.open_ms);
    s.format = avformat_alloc_context();
    if (!s.format || !s.packet || !s.frame) fail(AVERROR(ENOMEM));
    s.format->interrupt_callback = {interrupted, &s};
    AVDictionary *options = nullptr;
    av_dict_set(&options, "format_whitelist", formats, 0);
    const char *url = s.source.url;
    if (url) {
        av_dict_set(&options, "protocol_whitelist", s.source.protocols, 0);
        av_dict_set(&options, "rtsp_transport", "tcp", 0);
    } else {
        uint8_t *buffer = static_cast<uint8_t *>(av_malloc(io_buffer));
        s.io = buffer ? avio_alloc_context(buffer, io_buffer, 0, &s, read_bytes, nullptr, s.source.pipe ? nullptr : seek_bytes) : nullptr;
        if (!s.io) fail(AVERROR(ENOMEM));
        s.format->pb = s.io;
        av_dict_set(&options, "protocol_whitelist", "", 0);
    }
    const AVInputFormat *input = s.source.format[0] ? av_find_input_format(s.source.format) : nullptr;
    const int opened = avformat_open_input(&s.format, url, input, &options);
    av_dict_free(&options);
    check(opened);

    char limit[32];
    std::snprintf(limit, sizeof limit, "%lld", s.source.max_pixels);
    const unsigned known = s.format->nb_streams;
    std::unique_ptr<AVDictionary *[]> each(new AVDictionary *[known + 1]());
    for (unsigned i = 0; i < known; i++) av_dict_set(&each[i], "max_pixels", limit, 0);
    const int found = avformat_find_stream_info(s.format, known ? each.get() : nullptr);
    for (unsigned i = 0; i < known; i++) av_dict_free(&each[i]);
    check(found);

    const AVCodec *decoder = nullptr;
    s.track = choose(s.format, &decoder);
    for (unsigned i = 0; i < s.format->nb_streams; i++)
        if (s.format->streams[i] != s.track) s.format->streams[i]->discard = AVDISCARD_ALL;
    const std::string large = decode::oversized(s.track->codecpar->width, s.track->codecpar->height, s.source.max_pixels);
    if (!large.empty()) throw std::runtime_error(large);
    s.codec = avcodec_alloc_context3(decoder);
    if (!s.codec) fail(AVERROR(ENOMEM));
    check(avcodec_parameters_to_context(s.codec, s.track->codecpar));
    s.codec->max_pixels = s.source.max_pixels;
    s.codec->thread_count = decode_threads;
    s.codec->thread_type = FF_THREAD_SLICE;
    s.codec->pkt_timebase = s.track->time_base;
    check(avcodec_open2(s.codec, decoder, nullptr));
    const AVCodecDescriptor *descriptor = avcodec_descriptor_get(s.codec->codec_id);
    s.intra = descriptor && descriptor->props & AV_CODEC_PROP_INTRA_ONLY;
}

void describe(const Stream &s, decode_result *r) {
    r->kind = decode_info;
    r->width = s.codec->width;
    r->height = s.codec->height;
    const double fps = av_q2d(av_guess_frame_rate(s.format, s.track, nullptr));
    r->fps = fps > 0 && fps <= 1000 ? fps : 0;  // some declare their clock's rate, some none
    r->count = double(s.track->nb_frames);
    if (r->count <= 0 && s.format->duration > 0) r->count = double(s.format->duration) / AV_TIME_BASE * r->fps;
}

void tell(decode_result *r, int kind, const std::string &text) {
    r->kind = kind;
    std::snprintf(r->text, sizeof r->text, "%s", text.c_str());
}

// show judges the frame, and paints it where it is whole. It returns false where nothing is to be told of it: a stream
// that was joined in its middle begins with pictures of which a part was never seen.
bool show(Stream &s, decode_result *r) {
    const int64_t number = s.frame->reordered_opaque;
    if (s.frame->flags & AV_FRAME_FLAG_CORRUPT || s.frame->decode_error_flags) s.damaged(number);
    if (s.spoiled(number, s.frame->key_frame)) {
        tell(r, decode_damaged, Notes::get().text());
        return s.started || s.intra;
    }
    const int32_t *matrix = nullptr;
    if (const AVFrameSideData *side = av_frame_get_side_data(s.frame, AV_FRAME_DATA_DISPLAYMATRIX))
        matrix = reinterpret_cast<const int32_t *>(side->data);
    size_t size = 0;
    if (const uint8_t *side = matrix ? nullptr : av_stream_get_side_data(s.track, AV_PKT_DATA_DISPLAYMATRIX, &size))
        if (size >= 9 * sizeof(int32_t)) matrix = reinterpret_cast<const int32_t *>(side);
    s.painter.paint(s.frame, av_guess_sample_aspect_ratio(s.format, s.track, s.frame), matrix, s.source.max_pixels);
    const cv::Mat &picture = s.painter.picture();
    s.started = true;
    r->kind = decode_picture;
    r->width = picture.cols;
    r->height = picture.rows;
    r->pixels = picture.data;
    return true;
}

enum class Fed { yes, lost, end };

// feed gives the decoder its next packet. A packet that it refuses is a lost picture.
Fed feed(Stream &s) {
    const auto began = clock_type::now();
    const int losses = Notes::get().losses();
    const int got = av_read_frame(s.format, s.packet);
    s.waited += clock_type::now() - began;
    if (got == AVERROR(EAGAIN)) return Fed::yes;
    if (got == AVERROR_INVALIDDATA && ++s.read_errors < max_read_errors) return Fed::yes;
    if (got == AVERROR_EXIT) throw std::runtime_error("no data for too long");
    if (got < 0) return Fed::end;
    s.read_errors = 0;
    int sent = 0;
    if (s.packet->stream_index == s.track->index) {
        s.codec->reordered_opaque = ++s.sequence;
        if (Notes::get().losses() != losses) {  // of this packet, or of the one behind it, which the parser has seen already
            s.damaged(s.sequence);
            s.damaged(s.sequence + 1);
        }
        const int before = Notes::get().damages();
        const bool cut = s.codec->codec_id == AV_CODEC_ID_MJPEG && !decode::whole_jpeg(s.packet->data, size_t(s.packet->size));
        sent = avcodec_send_packet(s.codec, s.packet);
        if (sent < 0 || cut || s.packet->flags & AV_PKT_FLAG_CORRUPT || Notes::get().damages() != before) s.damaged(s.sequence);
    }
    av_packet_unref(s.packet);
    if (sent == AVERROR(ENOMEM)) fail(sent);
    return sent < 0 ? Fed::lost : Fed::yes;
}

// lost tells of a picture that is damaged beyond showing. Before the first one a stream that was joined in its middle has many.
bool lost(const Stream &s, decode_result *r) {
    if (!Notes::get().too_large().empty()) fail(AVERROR_INVALIDDATA);
    if (!s.started && !s.intra) return false;
    tell(r, decode_damaged, Notes::get().text());
    return true;
}

void next(Stream &s, decode_result *r) {
    s.limit(s.source.read_ms);
    const auto began = clock_type::now();
    s.waited = s.waited.zero();
    for (;;) {
        const int before = Notes::get().damages();
        const int got = avcodec_receive_frame(s.codec, s.frame);
        if (got >= 0) {
            if (Notes::get().damages() != before) s.damaged(s.frame->reordered_opaque);
            const bool tells = show(s, r);
            av_frame_unref(s.frame);
            r->took_us = std::chrono::duration_cast<std::chrono::microseconds>(clock_type::now() - began - s.waited).count();
            if (tells) return;
            continue;
        }
        if (got == AVERROR_EOF || s.draining) return tell(r, decode_end, "");
        if (got != AVERROR(EAGAIN)) {
            s.damaged(s.sequence);
            if (lost(s, r)) return;
        }
        switch (feed(s)) {
        case Fed::yes: break;
        case Fed::lost:
            if (lost(s, r)) return;
            break;
        case Fed::end:
            s.draining = true;
            avcodec_send_packet(s.codec, nullptr);
        }
    }
}

template <typename Call>
void guarded(decode_result *r, Call call) {
    std::memset(r, 0, sizeof *r);
    try {
        call();
    } catch (const cv::Exception &e) {
        tell(r, decode_error, e.err);
    } catch (const std::exception &e) {
        tell(r, decode_error, e.what());
    }
}

}  // namespace

void *decode_stream_open(const decode_source *source, decode_result *result) {
    std::unique_ptr<Stream> s(new Stream);
    s->source = *source;
    guarded(result, [&] {
        try {
            open(*s);
        } catch (const std::exception &) {
            if (interrupted(s.get())) throw std::runtime_error("no data for too long");
            throw;
        }
        describe(*s, result);
    });
    return result->kind == decode_info ? s.release() : nullptr;
}

void decode_stream_next(void *stream, decode_result *result) {
    guarded(result, [&] { next(*static_cast<Stream *>(stream), result); });
}

void decode_stream_close(void *stream) { delete static_cast<Stream *>(stream); }
