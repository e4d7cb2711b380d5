// SPDX-License-Identifier: GPL-3.0-or-later
// Text <-> wire objects by gSOAP, and nothing more: no HTTP, no mapping. Private to common/ews.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ewswireH.h"
#include "util/result.hpp"

namespace caravan::ews::wire {

using namespace ewswire;  // NOLINT: this header is the door to the generated names

/// One per message, on one thread: the arena that what was read lives in. Objects die with the Wire.
class Wire {
 public:
  Wire();
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// The envelope as XML. Texts must be clean (text::sanitize): gSOAP writes control characters as they are.
  Result<std::string> write(const s__EnvelopeType& envelope);
  /// Parses an answer that went through clean(); `xml` must outlive the call only. `malformed` (code "BadXml") where it
  /// is no complete SOAP envelope, or holds a document type declaration.
  Result<s__EnvelopeType*> read(std::string_view xml);

 private:
  [[nodiscard]] Error failure(const char* what);

  soap* soap_;
  std::string out_;
  std::string_view in_;
};

/// Error::code of an answer that can't be parsed.
inline constexpr const char* kBadXml = "BadXml";

/// Owns the objects of a request while it is written.
class Arena {
 public:
  template <class T, class... Args>
  T* make(Args&&... args) {
    auto object = std::make_shared<T>(std::forward<Args>(args)...);
    T* raw = object.get();
    objects_.push_back(std::move(object));
    return raw;
  }
  std::string* text(std::string_view value) {
    auto* object = make<std::string>();
    *object = value;
    return object;
  }
  bool* flag(bool value) {
    auto* object = make<bool>();
    *object = value;
    return object;
  }
  int* number(int value) {
    auto* object = make<int>();
    *object = value;
    return object;
  }

 private:
  std::vector<std::shared_ptr<void>> objects_;
};

}  // namespace caravan::ews::wire
