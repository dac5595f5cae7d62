// What a result costs on its way into each format, the write included (to /dev/null). 500,000 a second in one
// thread is what the fastest sweep can ask for.

#include <benchmark/benchmark.h>

#include <memory>

#include "report/csv_sink.hpp"
#include "report/file_sinks.hpp"
#include "report/grepable_sink.hpp"
#include "report/json_sink.hpp"
#include "report/xml_sink.hpp"

namespace {

using namespace echosweep;
using namespace echosweep::report;

Record alive(std::uint64_t index) {
  Record record;
  record.address = Address::v4(static_cast<std::uint32_t>(0xc6120000 + (index & 0xffff)));
  record.state = State::kAlive;
  record.from = record.address;
  record.ttl = Ttl{64};
  record.rtt = std::chrono::nanoseconds(123'456 + index % 1'000'000);
  record.received = WallTime(std::chrono::nanoseconds(1'700'000'000'123'456'789 + index * 2'000));
  return record;
}

void write_records(benchmark::State& state, Sink& sink) {
  std::uint64_t index = 0;
  for (auto _ : state) {
    if (!sink.record(alive(index++))) {
      state.SkipWithError("cannot write");
    }
  }
  state.SetItemsProcessed(state.iterations());
}

template <typename S>
void BM_Record(benchmark::State& state) {
  S sink(*Output::create("/dev/null"));
  if (!sink.begin(RunInfo{})) {
    state.SkipWithError("cannot write");
  }
  write_records(state, sink);
}
BENCHMARK(BM_Record<JsonSink>)->Name("BM_JsonRecord");
BENCHMARK(BM_Record<CsvSink>)->Name("BM_CsvRecord");
BENCHMARK(BM_Record<GrepableSink>)->Name("BM_GrepableRecord");
BENCHMARK(BM_Record<AliveFileSink>)->Name("BM_AliveFileRecord");

void BM_XmlRecord(benchmark::State& state) {
  XmlSink sink(*WholeFile::create("/dev/null"));
  write_records(state, sink);
}
BENCHMARK(BM_XmlRecord);

}  // namespace
