/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/warnings.h"

#include <string.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/oflog/appender.h"
#include "dcmtk/oflog/logger.h"
#include "dcmtk/oflog/oflog.h"
#include "dcmtk/oflog/spi/logevent.h"

namespace {

/* DCMTK's log is process-wide and knows no recipient: this is the thread's. */
thread_local WarningCatcher *catcher;

class CatcherAppender : public dcmtk::log4cplus::Appender {
    public:
	~CatcherAppender() override { destructorImpl(); }
	void close() override {}

    protected:
	void append(const dcmtk::log4cplus::spi::InternalLoggingEvent &event) override
	{
		if (catcher && event.getLogLevel() >= dcmtk::log4cplus::WARN_LOG_LEVEL)
			catcher->add(event.getMessage().c_str());
	}
};

} /* namespace */

void
warnings_init(bool chatter)
{
	dcmtk::log4cplus::Logger root = dcmtk::log4cplus::Logger::getRoot();

	OFLog::configure(chatter ? OFLogger::DEBUG_LOG_LEVEL : OFLogger::WARN_LOG_LEVEL);
	if (!chatter)
		root.removeAllAppenders();
	root.addAppender(dcmtk::log4cplus::SharedAppenderPtr(new CatcherAppender));
}

WarningCatcher::WarningCatcher()
{
	text_[0] = '\0';
	catcher = this;
}

WarningCatcher::~WarningCatcher()
{
	catcher = nullptr;
}

void
WarningCatcher::add(const char *message)
{
	size_t size = strlen(message);

	if (size + 2 > sizeof text_ - used_)
		return;
	memcpy(text_ + used_, message, size);
	used_ += size;
	text_[used_++] = '\n';
	text_[used_] = '\0';
}
