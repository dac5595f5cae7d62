#include "modes/send_times.hpp"

#include <algorithm>
#include <bit>

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

std::size_t SendTimes::most_each(std::size_t targets) {
  constexpr std::size_t kMemory = 256 << 20;
  constexpr std::size_t kFewest = 512;
  constexpr std::size_t kAll = 65536;
  const std::size_t share = kMemory / sizeof(Word) / std::max<std::size_t>(targets, 1);
  return std::clamp(std::bit_floor(share), kFewest, kAll);
}

SendTimes::SendTimes(std::size_t remembered)
    : remembered_(remembered), chunk_(std::min(remembered, kChunk)) {}

SendTimes::Word* SendTimes::word(Sequence sequence) const {
  const std::uint16_t latest = latest_.load(std::memory_order_acquire);
  if (static_cast<std::uint16_t>(latest - sequence.value) >= remembered_) {
    return nullptr;  // a later one has its place
  }
  const std::size_t place = sequence.value % remembered_;
  Word* const chunk = chunks_[place / chunk_].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : &chunk[place % chunk_];
}

void SendTimes::note(Sequence sequence, MonotonicTime sent_at) {
  const std::size_t at = sequence.value % remembered_ / chunk_;
  if (!owned_[at]) {
    owned_[at] = std::make_unique<Word[]>(chunk_);
    chunks_[at].store(owned_[at].get(), std::memory_order_release);
  }
  latest_.store(sequence.value, std::memory_order_release);
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
