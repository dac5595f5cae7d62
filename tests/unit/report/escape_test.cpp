#include "report/escape.hpp"

#include <gtest/gtest.h>

namespace echosweep::report {
namespace {

/// What PTR records have been seen to hold, and worse.
constexpr std::string_view kTerminal = "a\x1b]0;owned\x07z";

std::string escaped(void (*append_to)(Line&, std::string_view), std::string_view text) {
  Line line;
  append_to(line, text);
  return fmt::to_string(line);
}

TEST(Visible, PlainTextStaysAsItIs) {
  EXPECT_EQ(visible("gate.example (192.0.2.1)"), "gate.example (192.0.2.1)");
  EXPECT_EQ(visible(R"(back\slash)"), R"(back\slash)") << "nothing in it was escaped";
  EXPECT_EQ(visible("b\xc3\xbc"
                    "cher.example"),
            "b\xc3\xbc"
            "cher.example");
  EXPECT_EQ(visible(""), "");
}

TEST(Visible, NothingIsLeftThatATerminalObeys) {
  EXPECT_EQ(visible(kTerminal), R"(a\x1b]0;owned\x07z)");
  EXPECT_EQ(visible("a\nb\r\tc\x7f"), R"(a\x0ab\x0d\x09c\x7f)");
  EXPECT_EQ(visible("\xc2\x9b"
                    "31m"),
            R"(\xc2\x9b31m)")
      << "CSI as one character (C1)";
  EXPECT_EQ(visible("\x9b"
                    "31m"),
            R"(\x9b31m)")
      << "and as one byte";
  EXPECT_EQ(visible("\\x1b\x1b"), R"(\\x1b\x1b)") << "which is which can be told";
}

TEST(Visible, WhatIsNotUtf8IsShownAsBytes) {
  EXPECT_EQ(visible("\xff"), R"(\xff)");
  EXPECT_EQ(visible("\xc3("), R"(\xc3()");
  EXPECT_EQ(visible("\xe2\x82"), R"(\xe2\x82)") << "cut off";
  EXPECT_EQ(visible("\xc0\xaf"), R"(\xc0\xaf)") << "overlong";
  EXPECT_EQ(visible("\xed\xa0\x80"), R"(\xed\xa0\x80)") << "a surrogate";
  EXPECT_EQ(visible("\xf4\x90\x80\x80"), R"(\xf4\x90\x80\x80)") << "past U+10FFFF";
  EXPECT_EQ(visible("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80");
}

TEST(Csv, QuotesWhereRfc4180WantsThem) {
  EXPECT_EQ(escaped(append_csv, "gate.example"), "gate.example");
  EXPECT_EQ(escaped(append_csv, "a,b"), R"("a,b")");
  EXPECT_EQ(escaped(append_csv, R"(a"b)"), R"("a""b")");
  EXPECT_EQ(escaped(append_csv, "a\r\nb,c"), R"("a\x0d\x0ab,c")") << "a record is one line";
}

TEST(Xml, MarkupAndWhatXmlCannotHold) {
  EXPECT_EQ(escaped(append_xml, R"(<b a="1">&'</b>)"), "&lt;b a=&quot;1&quot;&gt;&amp;&apos;&lt;/b&gt;");
  EXPECT_EQ(escaped(append_xml, "a\tb\nc\rd"), "a&#9;b&#10;c&#13;d");
  EXPECT_EQ(escaped(append_xml, kTerminal), "a\xef\xbf\xbd]0;owned\xef\xbf\xbdz");
  EXPECT_EQ(escaped(append_xml, "\xff\xef\xbf\xbe"), "\xef\xbf\xbd\xef\xbf\xbd") << "U+FFFE is none";
  EXPECT_EQ(escaped(append_xml, "b\xc3\xbc"), "b\xc3\xbc");
}

TEST(JsonText, HasTheShortFormsAndReplacesWhatIsNotUtf8) {
  EXPECT_EQ(escaped(append_json, "gate.example"), R"("gate.example")");
  EXPECT_EQ(escaped(append_json, "\"\\\b\f\n\r\t\x01"), R"("\"\\\b\f\n\r\t\u0001")");
  EXPECT_EQ(escaped(append_json, "\xc2\x9b\x7f"), R"("\u009b\u007f")") << "harmless when a file is shown";
  EXPECT_EQ(escaped(append_json, "b\xc3\xbc\xff"), "\"b\xc3\xbc\xef\xbf\xbd\"");
}

TEST(Grepable, NamesCannotEndTheirParentheses) {
  EXPECT_EQ(escaped(append_grepable, "a)\tStatus: Up\n"), R"(a\x29\x09Status: Up\x0a)");
  EXPECT_EQ(escaped(append_grepable, "gate.example"), "gate.example");
}

}  // namespace
}  // namespace echosweep::report
