// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/attachment_writer.hpp"

#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "ews/response_codes.hpp"
#include "ews/wire/write_requests.hpp"
#include "util/text.hpp"

namespace caravan::ews {
namespace {

using namespace wire;  // NOLINT: the generated names

constexpr std::size_t kPiece = 3 * 32768;  // base64 of a multiple of three bytes has no padding in the middle

struct FileCloser {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

Error disk_error(const std::string& what) {
  return make_error(Fault::retry_later, what, "spool", "Check that the spool folder exists and has room.");
}

/// A file that is gone with its object.
class SpoolFile {
 public:
  explicit SpoolFile(const std::string& folder) {
    const auto base = folder.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(folder);
    path_ = (base / "caravan-request-XXXXXX").string();
    const int descriptor = mkstemp(path_.data());  // 0600
    if (descriptor < 0) return;
    file_.reset(fdopen(descriptor, "wb"));
  }
  ~SpoolFile() {
    if (file_ == nullptr) return;
    file_.reset();
    std::remove(path_.c_str());
  }
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;
  [[nodiscard]] bool is_open() const noexcept { return file_ != nullptr; }
  bool write(std::string_view bytes) {
    size_ += bytes.size();
    return std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size();
  }
  bool flush() { return std::fflush(file_.get()) == 0; }
  [[nodiscard]] http::FileBody body() const { return {path_, size_, 0}; }

 private:
  std::string path_;
  File file_;
  std::uint64_t size_ = 0;
};

/// The request with the file's content in the place of its stand-in.
Status spool(SpoolFile& to, const std::string& request, const std::string& path) {
  const std::string stand_in = text::base64_encode(kContentStandIn);
  const auto at = request.find(stand_in);
  if (at == std::string::npos) return make_error(Fault::malformed, "The request for an attachment has no content.");
  const File content(std::fopen(path.c_str(), "rb"));
  if (!content) return disk_error("An attachment's spool file can't be read: " + path);
  if (!to.is_open() || !to.write(std::string_view(request).substr(0, at)))
    return disk_error("A request can't be written to the spool folder.");
  std::string piece(kPiece, '\0');
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), content.get()))
    if (!to.write(text::base64_encode(std::string_view(piece.data(), got))))
      return disk_error("A request can't be written to the spool folder.");
  if (std::ferror(content.get()) != 0) return disk_error("An attachment's spool file can't be read: " + path);
  if (!to.write(std::string_view(request).substr(at + stand_in.size())) || !to.flush())
    return disk_error("A request can't be written to the spool folder.");
  return {};
}

Error unclear(const char* operation, const Mailbox& mailbox) {
  return make_error(Fault::in_doubt,
                    Connection::where(operation, mailbox) + ": the answer does not say what was saved.", "NoAnswer");
}

const m__AttachmentInfoResponseMessageType* only(const std::vector<m__AttachmentInfoResponseMessageType>& messages) {
  return messages.size() == 1 ? &messages.front() : nullptr;
}

}  // namespace

Result<Saved> create_attachment(Connection& connection, const Mailbox& mailbox, const Saved& parent,
                                const model::Attachment& attachment, const std::string& path,
                                const std::string& spool_dir, std::stop_token stop) {
  constexpr const char* kOperation = "CreateAttachment";
  CARAVAN_TRY(request, connection.text_of(mailbox, [&](Arena& arena, Schema, s__BodyType& body) {
    wire::create_attachment(arena, body, parent, attachment);
  }));
  SpoolFile file(spool_dir);
  CARAVAN_CHECK(spool(file, request, path));
  Sending sending;
  sending.file = file.body();
  CARAVAN_TRY(answer, connection.write(kOperation, mailbox, {}, sending, std::move(stop)));
  const auto* response = answer.body->m__CreateAttachmentResponse;
  const auto* message =
      response != nullptr ? only(response->ResponseMessages.CreateAttachmentResponseMessage) : nullptr;
  if (message == nullptr) return unclear(kOperation, mailbox);
  if (auto error = Connection::message_error(*message, Connection::where(kOperation, mailbox)))
    return write_error(std::move(*error));
  if (message->Attachments == nullptr || message->Attachments->FileAttachment.size() != 1)
    return unclear(kOperation, mailbox);
  const auto* id = message->Attachments->FileAttachment.front()->AttachmentId;
  if (id == nullptr || id->RootItemChangeKey.empty()) return unclear(kOperation, mailbox);
  return Saved{ItemId(id->RootItemId.empty() ? parent.item.value : id->RootItemId), ChangeKey(id->RootItemChangeKey)};
}

Result<Saved> delete_attachment(Connection& connection, const Mailbox& mailbox, const AttachmentId& attachment,
                                std::stop_token stop) {
  constexpr const char* kOperation = "DeleteAttachment";
  CARAVAN_TRY(answer,
              connection.write(
                  kOperation, mailbox,
                  [&](Arena& arena, Schema, s__BodyType& body) { wire::delete_attachment(arena, body, attachment); },
                  {}, std::move(stop)));
  const auto* response = answer.body->m__DeleteAttachmentResponse;
  const auto* message =
      response != nullptr ? only(response->ResponseMessages.DeleteAttachmentResponseMessage) : nullptr;
  if (message == nullptr) return unclear(kOperation, mailbox);
  if (auto error = Connection::message_error(*message, Connection::where(kOperation, mailbox)))
    return write_error(std::move(*error));
  const auto* root = message->RootItemId;
  if (root == nullptr || root->RootItemChangeKey.empty()) return unclear(kOperation, mailbox);
  return Saved{ItemId(root->RootItemId), ChangeKey(root->RootItemChangeKey)};
}

}  // namespace caravan::ews
