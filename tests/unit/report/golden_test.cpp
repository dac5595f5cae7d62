// Each file format, byte by byte, from the same run: tests/data/golden/. UPDATE_GOLDEN=1 in the environment
// writes them anew; read the difference before it is committed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "records.hpp"
#include "report/csv_sink.hpp"
#include "report/file_sinks.hpp"
#include "report/grepable_sink.hpp"
#include "report/joined_sink.hpp"
#include "report/json_sink.hpp"
#include "report/xml_sink.hpp"
#include "runs.hpp"

namespace echosweep::report {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHostile = "\"q\",<b>&'\x1b[31m)\tStatus: Up\n\xff";

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Everything that can stand in a record, and a few silent ones in a row.
void write_run(Sink& sink) {
  const auto record = [&](const Record& one) {
    if (sink.wants(one.state)) {
      EXPECT_TRUE(sink.record(one));
    }
  };
  EXPECT_TRUE(sink.begin(run_info()));
  record(alive_record());

  Record elsewhere = alive_record();
  elsewhere.address = Address::v6(Uint128{0x20010db8} << 96 | 1);
  elsewhere.from = Address::v6(Uint128{0x20010db8} << 96 | 2);
  elsewhere.name = "gate.example";
  elsewhere.rtt.reset();
  elsewhere.pass = Pass{2};
  record(elsewhere);

  Record neighbour = alive_record();
  neighbour.address = Address::v4(0xc0000205);
  neighbour.details = false;
  neighbour.rtt.reset();
  neighbour.mac = MacAddress::from_value(0x02005e10000a);
  record(neighbour);

  Record hostile = alive_record();
  hostile.address = Address::v4(0xc0000206);
  hostile.name = kHostile;
  hostile.name_is_found = true;
  record(hostile);

  record(unreachable_record());
  record(silent_record());
  record(unsent_record());
  for (std::uint32_t last = 16; last < 25; ++last) {
    Record silent = silent_record();
    silent.address = Address::v4(0xc0000200 + last);
    record(silent);
  }
  EXPECT_TRUE(sink.end(accounting()));
}

/// What `make`'s sink writes, beside the file of that name.
template <typename File = Output, typename Make>
void expect_golden(const std::string& name, Make make) {
  ASSERT_EQ(setenv("TZ", "UTC", 1), 0);
  std::string folder = (fs::temp_directory_path() / "golden-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  {
    auto file = File::create(folder + "/it");
    ASSERT_TRUE(file);
    const std::unique_ptr<Sink> sink = make(std::move(*file));
    write_run(*sink);
  }
  const std::string written = text_of(folder + "/it");
  fs::remove_all(folder);
  const fs::path golden = fs::path(GOLDEN_FOLDER) / name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(golden, std::ios::binary) << written;
  }
  EXPECT_EQ(written, text_of(golden));
}

template <typename S>
std::unique_ptr<Sink> joined(std::unique_ptr<S> sink) {
  return std::make_unique<JoinedSink>(std::move(sink));
}

TEST(Golden, Json) {
  expect_golden("run.json", [](Output out) { return std::make_unique<JsonSink>(std::move(out)); });
}
TEST(Golden, JsonWithRanges) {
  expect_golden("ranges.json", [](Output out) { return joined(std::make_unique<JsonSink>(std::move(out))); });
}
TEST(Golden, Csv) {
  expect_golden("run.csv", [](Output out) { return std::make_unique<CsvSink>(std::move(out)); });
}
TEST(Golden, CsvWithRanges) {
  expect_golden("ranges.csv", [](Output out) { return joined(std::make_unique<CsvSink>(std::move(out))); });
}
TEST(Golden, Xml) {
  expect_golden<WholeFile>("run.xml",
                           [](WholeFile file) { return std::make_unique<XmlSink>(std::move(file)); });
}
TEST(Golden, XmlOfAllStates) {
  expect_golden<WholeFile>(
      "all.xml", [](WholeFile file) { return std::make_unique<XmlSink>(std::move(file), StateSet::all()); });
}
TEST(Golden, Grepable) {
  expect_golden("run.gnmap", [](Output out) { return std::make_unique<GrepableSink>(std::move(out)); });
}
TEST(Golden, GrepableOfAllStates) {
  expect_golden("all.gnmap",
                [](Output out) { return std::make_unique<GrepableSink>(std::move(out), StateSet::all()); });
}
TEST(Golden, AliveFile) {
  expect_golden("alive.txt", [](Output out) { return std::make_unique<AliveFileSink>(std::move(out)); });
}
TEST(Golden, DeadFileWithRanges) {
  expect_golden("dead.txt",
                [](Output out) { return joined(std::make_unique<DeadFileSink>(std::move(out))); });
}

}  // namespace
}  // namespace echosweep::report
