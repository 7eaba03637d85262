/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/warnings.h"

#include <stdio.h>
#include <string.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/oflog/appender.h"
#include "dcmtk/oflog/logger.h"
#include "dcmtk/oflog/oflog.h"
#include "dcmtk/oflog/spi/logevent.h"

extern "C" {
#include "base/text.h"
}

namespace {

/* DCMTK's log is process-wide: this is the catcher of this thread. */
thread_local WarningCatcher *catcher;

/* It may quote text from files and peers. */
void
print(char level, const char *message)
{
	char line[1024];

	while (*message) {
		size_t len = strcspn(message, "\n");

		fprintf(stderr, "%c: %s\n", level, text_harmless(line, sizeof line, message, len));
		message += len + (message[len] == '\n');
	}
}

class CatcherAppender : public dcmtk::log4cplus::Appender {
    public:
	explicit CatcherAppender(bool show_all) : show_all_(show_all) {}
	~CatcherAppender() override { destructorImpl(); }
	void close() override {}

    protected:
	void append(const dcmtk::log4cplus::spi::InternalLoggingEvent &event) override
	{
		dcmtk::log4cplus::LogLevel level = event.getLogLevel();
		const char *message = event.getMessage().c_str();

		if (catcher && level >= dcmtk::log4cplus::WARN_LOG_LEVEL)
			catcher->take(message);
		if (show_all_)
			print(dcmtk::log4cplus::getLogLevelManager().toString(level)[0], message);
	}

    private:
	bool show_all_;
};

} /* namespace */

void
warnings_init(bool show_all)
{
	dcmtk::log4cplus::Logger root = dcmtk::log4cplus::Logger::getRoot();

	OFLog::configure(show_all ? OFLogger::DEBUG_LOG_LEVEL : OFLogger::WARN_LOG_LEVEL);
	root.removeAllAppenders();
	root.addAppender(dcmtk::log4cplus::SharedAppenderPtr(new CatcherAppender(show_all)));
}

WarningCatcher::WarningCatcher(const char *words, const char *const *harmless) :
	words_(words), harmless_(harmless), outer_(catcher)
{
	catcher = this;
}

WarningCatcher::~WarningCatcher()
{
	catcher = outer_;
}

bool
WarningCatcher::is_harmless(const char *message) const
{
	for (const char *const *words = harmless_; words && *words; words++)
		if (strstr(message, *words))
			return true;
	return false;
}

void
WarningCatcher::take(const char *message)
{
	if (strstr(message, words_) && !is_harmless(message) && count_++ == 0)
		text_format(text_, sizeof text_, "%s", message);
	if (outer_)
		outer_->take(message);
}
