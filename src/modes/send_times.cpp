#include "modes/send_times.hpp"

namespace echosweep::modes {

namespace {

constexpr std::int64_t kAnswered = 1;

std::optional<SendTimes::Sent> read(std::int64_t word) {
  if (word == 0) {
    return std::nullopt;
  }
  return SendTimes::Sent{.at = MonotonicTime(std::chrono::nanoseconds(word & ~kAnswered)),
                         .first = (word & kAnswered) == 0};
}

}  // namespace

SendTimes::Word* SendTimes::word(Sequence sequence) const {
  Chunk* const chunk = chunks_[sequence.value / kChunk].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : &chunk->words[sequence.value % kChunk];
}

void SendTimes::note(Sequence sequence, MonotonicTime sent_at) {
  const std::size_t at = sequence.value / kChunk;
  if (!owned_[at]) {
    owned_[at] = std::make_unique<Chunk>();
    chunks_[at].store(owned_[at].get(), std::memory_order_release);
  }
  word(sequence)->store(sent_at.time_since_epoch().count() & ~kAnswered, std::memory_order_release);
}

bool SendTimes::is_answered(Sequence sequence) const {
  const auto sent = find(sequence);
  return sent && !sent->first;
}

std::optional<SendTimes::Sent> SendTimes::find(Sequence sequence) const {
  const Word* const at = word(sequence);
  return at == nullptr ? std::nullopt : read(at->load(std::memory_order_acquire));
}

std::optional<SendTimes::Sent> SendTimes::take_answer(Sequence sequence) {
  Word* const at = word(sequence);
  if (at == nullptr || at->load(std::memory_order_acquire) == 0) {
    return std::nullopt;
  }
  return read(at->fetch_or(kAnswered, std::memory_order_acq_rel));
}

}  // namespace echosweep::modes
