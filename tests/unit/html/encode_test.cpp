#include "html/encode.hpp"

#include <gtest/gtest.h>

namespace echosweep::html {
namespace {

constexpr const char* kUnknown = "\xef\xbf\xbd";

TEST(Escape, LeavesNoMarkup) {
  EXPECT_EQ(escape(R"(<b a="1" c='2'>&amp;)"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
  EXPECT_EQ(escape("</script><!--"), "&lt;/script&gt;&lt;!--");
}

TEST(Escape, KeepsTextOfAllLanguages) {
  EXPECT_EQ(escape("grün 東京"), "grün 東京");
}

TEST(Escape, LeavesNoControlCharactersAndNoBrokenUtf8) {
  EXPECT_EQ(escape(std::string_view("a\0b", 3)), std::string("a") + kUnknown + "b");
  EXPECT_EQ(escape("\x1b[31m\n\x7f"), std::string(kUnknown) + "[31m" + kUnknown + kUnknown);
  EXPECT_EQ(escape("\xc2\x9b"
                   "31m"),
            std::string(kUnknown) + "31m");  // a one-character CSI
  EXPECT_EQ(escape("\xff"
                   "a"),
            std::string(kUnknown) + "a");
}

TEST(ScriptString, CannotEndItsElement) {
  EXPECT_EQ(script_string("</script><!--&"), R"("\u003c/script\u003e\u003c!--\u0026")");
  EXPECT_EQ(script_string("\"quoted\" \\ back"), R"("\"quoted\" \\ back")");
  EXPECT_EQ(script_string("a\nb"), std::string("\"a") + kUnknown + "b\"");
}

TEST(Base64, IsAsTheRfcHasIt) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

}  // namespace
}  // namespace echosweep::html
