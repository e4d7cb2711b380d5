// SPDX-License-Identifier: GPL-3.0-or-later
// Empty interface header: `soapcpp2 -penv` makes of it the global SOAP-ENV hooks that libgsoap++ wants to link against.
