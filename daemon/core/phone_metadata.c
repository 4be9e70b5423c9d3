/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made by phone_metadata.mjs from libphonenumber-js 1.13.16 (MIT, Nikolay Kuchumov), whose data comes from Google's
 * libphonenumber: Copyright (C) The Libphonenumber Authors, licensed under the Apache License, Version 2.0.
 * Changes: only what parsing needs is kept, in the form of phone_metadata.h. Do not edit; make it again.
 */
#include "phone_metadata.h"

const struct phone_region phone_regions[] = {
	{
	  .region = "AC", .code = "247", .lengths = 0x60, .international = "00",
	  .pattern = "(?:[01589]\\d|[2-467])\\d{4}", .is_main = true,
	},
	{
	  .region = "AD", .code = "376", .lengths = 0x340, .international = "00",
	  .pattern = "(?:1|6\\d)\\d{7}|[135-9]\\d{5}", .is_main = true,
	},
	{
	  .region = "AE", .code = "971", .lengths = 0x1fe0, .international = "00",
	  .pattern = "(?:[4-7]\\d|9[0-689])\\d{7}|800\\d{2,9}|[2-4679]\\d{7}", .is_main = true,
	  .prefix = "0",
	},
	{
	  .region = "AF", .code = "93", .lengths = 0x200, .international = "00", .pattern = "[2-7]\\d{8}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "AG", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:268|[58]\\d\\d|900)\\d{7}", .prefix = "1", .leading = "268",
	  .local = "[457]\\d{6}", .area = "268",
	},
	{
	  .region = "AI", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:264|[58]\\d\\d|900)\\d{7}", .prefix = "1", .leading = "264",
	  .local = "[2457]\\d{6}", .area = "264",
	},
	{
	  .region = "AL", .code = "355", .lengths = 0x3c0, .international = "00",
	  .pattern = "(?:700\\d\\d|900)\\d{3}|8\\d{5,7}|(?:[2-5]|6\\d)\\d{7}", .is_main = true,
	  .prefix = "0",
	},
	{
	  .region = "AM", .code = "374", .lengths = 0x100, .international = "00",
	  .pattern = "(?:[1-489]\\d|55|60|77)\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "AO", .code = "244", .lengths = 0x200, .international = "00", .pattern = "[29]\\d{8}",
	  .is_main = true,
	},
	{
	  .region = "AR", .code = "54", .lengths = 0xc00, .international = "00",
	  .pattern = "(?:11|[89]\\d\\d)\\d{8}|[2368]\\d{9}", .is_main = true, .prefix = "0",
	  .marked = "11|2(?:2(?:02?|[13]|2[13-79]|4[1-6]|5[2457]|6[124-8]|7[1-4]|8[13-6]|9[1267])|3(?:02?|"
	  "1[467]|2[03-6]|3[13-8]|[49][2-6]|5[2-8]|[67])|4(?:7[3-578]|9)|6(?:[0136]|2[24-6]|4[6-8]?|5[15-8]"
	  ")|80|9(?:0[1-3]|[19]|2\\d|3[1-6]|4[02568]?|5[2-4]|6[2-46]|72?|8[23]?))|3(?:3(?:2[79]|6|8[2578])|"
	  "4(?:0[0-24-9]|[12]|3[5-8]?|4[24-7]|5[4-68]?|6[02-9]|7[126]|8[2379]?|9[1-36-8])|5(?:1|2[1245]|3[2"
	  "37]?|4[1-46-9]|6[2-4]|7[1-6]|8[2-5]?)|6[24]|7(?:[069]|1[1568]|2[15]|3[145]|4[13]|5[14-8]|7[2-57]"
	  "|8[126])|8(?:[01]|2[15-7]|3[2578]?|4[13-6]|5[4-8]?|6[1-357-9]|7[36-8]?|8[5-8]?|9[124]))",
	},
	{
	  .region = "AS", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:[58]\\d\\d|684|900)\\d{7}", .prefix = "1", .leading = "684",
	  .local = "[267]\\d{6}", .area = "684",
	},
	{
	  .region = "AT", .code = "43", .lengths = 0x3ff0, .international = "00",
	  .pattern = "1\\d{3,12}|2\\d{6,12}|43(?:(?:0\\d|5[02-9])\\d{3,9}|2\\d{4,5}|[3467]\\d{4}|8\\d{4,6}"
	  "|9\\d{4,7})|5\\d{4,12}|8\\d{7,12}|9\\d{8,12}|(?:[367]\\d|4[0-24-9])\\d{4,11}", .is_main = true,
	  .prefix = "0",
	},
	{
	  .region = "AU", .code = "61", .lengths = 0x17e0,
	  .international = "001[14-689]|14(?:1[14]|34|4[17]|[56]6|7[47]|88)0011",
	  .pattern = "1(?:[0-79]\\d{7}(?:\\d(?:\\d{2})?)?|8[0-24-9]\\d{7})|[2-478]\\d{8}|1\\d{4,7}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "AW", .code = "297", .lengths = 0x80, .international = "00",
	  .pattern = "(?:[25-79]\\d\\d|800)\\d{4}", .is_main = true,
	},
	{
	  .region = "AX", .code = "358", .lengths = 0x1fe0,
	  .international = "00|99(?:[01469]|5(?:[14]1|3[23]|5[59]|77|88|9[09]))",
	  .pattern = "2\\d{4,9}|35\\d{4,5}|(?:60\\d\\d|800)\\d{4,6}|7\\d{5,11}|(?:[14]\\d|3[0-46-9]|50)\\d"
	  "{4,8}", .prefix = "0", .leading = "18",
	},
	{
	  .region = "AZ", .code = "994", .lengths = 0x200, .international = "00",
	  .pattern = "365\\d{6}|(?:[124579]\\d|60|88)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "BA", .code = "387", .lengths = 0x300, .international = "00",
	  .pattern = "6\\d{8}|(?:[35689]\\d|49|70)\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "BB", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:246|[58]\\d\\d|900)\\d{7}", .prefix = "1", .leading = "246",
	  .local = "[2-9]\\d{6}", .area = "246",
	},
	{
	  .region = "BD", .code = "880", .lengths = 0x7c0, .international = "00",
	  .pattern = "[1-469]\\d{9}|8[0-79]\\d{7,8}|[2-79]\\d{8}|[2-9]\\d{7}|[3-9]\\d{6}|[57-9]\\d{5}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "BE", .code = "32", .lengths = 0x300, .international = "00",
	  .pattern = "4\\d{8}|[1-9]\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "BF", .code = "226", .lengths = 0x100, .international = "00",
	  .pattern = "[024-7]\\d{7}", .is_main = true,
	},
	{
	  .region = "BG", .code = "359", .lengths = 0x13c0, .international = "00",
	  .pattern = "00800\\d{7}|[2-7]\\d{6,7}|[89]\\d{6,8}|2\\d{5}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "BH", .code = "973", .lengths = 0x100, .international = "00",
	  .pattern = "[136-9]\\d{7}", .is_main = true,
	},
	{
	  .region = "BI", .code = "257", .lengths = 0x100, .international = "00",
	  .pattern = "(?:[267]\\d|31)\\d{6}", .is_main = true,
	},
	{
	  .region = "BJ", .code = "229", .lengths = 0x400, .international = "00", .pattern = "01\\d{8}",
	  .is_main = true,
	},
	{
	  .region = "BL", .code = "590", .lengths = 0x200, .international = "00",
	  .pattern = "7090\\d{5}|(?:[56]9|[89]\\d)\\d{7}", .prefix = "0",
	},
	{
	  .region = "BM", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:441|[58]\\d\\d|900)\\d{7}", .prefix = "1", .leading = "441",
	  .local = "[2-9]\\d{6}", .area = "441",
	},
	{
	  .region = "BN", .code = "673", .lengths = 0x80, .international = "00", .pattern = "[2-578]\\d{6}",
	  .is_main = true,
	},
	{
	  .region = "BO", .code = "591", .lengths = 0x300, .international = "00(?:1\\d)?",
	  .pattern = "(?:[2-7]\\d\\d|8001)\\d{5}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "BQ", .code = "599", .lengths = 0x80, .international = "00",
	  .pattern = "(?:[34]1|7\\d)\\d{5}", .leading = "[347]",
	},
	{
	  .region = "BR", .code = "55", .lengths = 0xf00,
	  .international = "00(?:1[245]|2[1-35]|31|4[13]|[56]5|99)",
	  .pattern = "[1-467]\\d{9,10}|55[0-46-9]\\d{8}|[34]\\d{7}|55\\d{7,8}|(?:5[0-46-9]|[89]\\d)\\d{7,9}",
	  .is_main = true, .prefix = "0", .carrier = "1[245]|2[1-35]|31|4[13]|[56]5|99",
	},
	{
	  .region = "BS", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:242|[58]\\d\\d|900)\\d{7}", .prefix = "1", .leading = "242",
	  .local = "[3-8]\\d{6}", .area = "242",
	},
	{
	  .region = "BT", .code = "975", .lengths = 0x180, .international = "00",
	  .pattern = "[178]\\d{7}|[2-8]\\d{6}", .is_main = true,
	},
	{
	  .region = "BW", .code = "267", .lengths = 0x580, .international = "00",
	  .pattern = "90\\d{5}|(?:0800|[2-6]|(?:7|800)\\d)\\d{6}", .is_main = true,
	},
	{
	  .region = "BY", .code = "375", .lengths = 0xfc0, .international = "810",
	  .pattern = "(?:[12]\\d|33|44|902)\\d{7}|8(?:0[0-79]\\d{5,7}|[1-7]\\d{9})|8(?:1[0-489]|[5-79]\\d)"
	  "\\d{7}|8[1-79]\\d{6,7}|8[0-79]\\d{5}|8\\d{5}", .is_main = true, .prefix = "8",
	},
	{
	  .region = "BZ", .code = "501", .lengths = 0x880, .international = "00",
	  .pattern = "(?:0800\\d|[2-8])\\d{6}", .is_main = true,
	},
	{
	  .region = "CA", .code = "1", .lengths = 0x480, .international = "011",
	  .pattern = "[2-9]\\d{9}|3\\d{6}", .prefix = "1",
	},
	{
	  .region = "CC", .code = "61", .lengths = 0x17c0,
	  .international = "001[14-689]|14(?:1[14]|34|4[17]|[56]6|7[47]|88)0011",
	  .pattern = "1(?:[0-79]\\d{8}(?:\\d{2})?|8[0-24-9]\\d{7})|[148]\\d{8}|1\\d{5,7}", .prefix = "0",
	  .local = "[59]\\d{7}", .area = "8",
	},
	{
	  .region = "CD", .code = "243", .lengths = 0x780, .international = "00",
	  .pattern = "(?:(?:[189]|5\\d)\\d|2)\\d{7}|[1-68]\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "CF", .code = "236", .lengths = 0x100, .international = "00",
	  .pattern = "8776\\d{4}|(?:[27]\\d|61)\\d{6}", .is_main = true,
	},
	{
	  .region = "CG", .code = "242", .lengths = 0x200, .international = "00",
	  .pattern = "222\\d{6}|(?:0\\d|80)\\d{7}", .is_main = true,
	},
	{
	  .region = "CH", .code = "41", .lengths = 0x1200, .international = "00",
	  .pattern = "8\\d{11}|[2-9]\\d{8}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "CI", .code = "225", .lengths = 0x400, .international = "00", .pattern = "[02]\\d{9}",
	  .is_main = true,
	},
	{
	  .region = "CK", .code = "682", .lengths = 0x20, .international = "00", .pattern = "[2-578]\\d{4}",
	  .is_main = true,
	},
	{
	  .region = "CL", .code = "56", .lengths = 0xe00,
	  .international = "(?:0|1(?:1[0-69]|2[02-5]|5[13-58]|69|7[0167]|8[018]))0",
	  .pattern = "12300\\d{6}|6\\d{9,10}|[2-9]\\d{8}", .is_main = true,
	},
	{
	  .region = "CM", .code = "237", .lengths = 0x300, .international = "00",
	  .pattern = "[26]\\d{8}|88\\d{6,7}", .is_main = true,
	},
	{
	  .region = "CN", .code = "86", .lengths = 0x1f80, .international = "00|1(?:[12]\\d|79)\\d\\d00",
	  .pattern = "(?:(?:1[03-689]|2\\d)\\d\\d|6)\\d{8}|1\\d{10}|[126]\\d{6}(?:\\d(?:\\d{2})?)?|86\\d{5"
	  ",6}|(?:[3-579]\\d|8[0-57-9])\\d{5,9}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "CO", .code = "57", .lengths = 0xd00, .international = "00(?:4(?:[14]4|56)|[579])",
	  .pattern = "(?:46|60\\d\\d)\\d{6}|(?:1\\d|[39])\\d{9}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "CR", .code = "506", .lengths = 0x500, .international = "00",
	  .pattern = "(?:8\\d|90)\\d{8}|(?:[24-8]\\d{3}|3005)\\d{4}", .is_main = true,
	},
	{
	  .region = "CU", .code = "53", .lengths = 0x5c0, .international = "119",
	  .pattern = "(?:[2-7]|8\\d\\d)\\d{7}|[2-47]\\d{6}|[34]\\d{5}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "CV", .code = "238", .lengths = 0x80, .international = "0",
	  .pattern = "(?:[2-59]\\d\\d|800)\\d{4}", .is_main = true,
	},
	{
	  .region = "CW", .code = "599", .lengths = 0x180, .international = "00",
	  .pattern = "(?:[34]1|60|(?:7|9\\d)\\d)\\d{5}", .is_main = true, .leading = "[69]",
	},
	{
	  .region = "CX", .code = "61", .lengths = 0x17c0,
	  .international = "001[14-689]|14(?:1[14]|34|4[17]|[56]6|7[47]|88)0011",
	  .pattern = "1(?:[0-79]\\d{8}(?:\\d{2})?|8[0-24-9]\\d{7})|[148]\\d{8}|1\\d{5,7}", .prefix = "0",
	  .local = "[59]\\d{7}", .area = "8",
	},
	{
	  .region = "CY", .code = "357", .lengths = 0x100, .international = "00",
	  .pattern = "(?:[279]\\d|[58]0)\\d{6}", .is_main = true,
	},
	{
	  .region = "CZ", .code = "420", .lengths = 0x1e00, .international = "00",
	  .pattern = "(?:[2-578]\\d|60)\\d{7}|9\\d{8,11}", .is_main = true,
	},
	{
	  .region = "DE", .code = "49", .lengths = 0xfff0, .international = "00",
	  .pattern = "[2579]\\d{5,14}|49(?:[34]0|69|8\\d)\\d\\d?|49(?:37|49|60|7[089]|9\\d)\\d{1,3}|49(?:2"
	  "[024-9]|3[2-689]|7[1-7])\\d{1,8}|(?:1|[368]\\d|4[0-8])\\d{3,13}|49(?:[015]\\d|2[13]|31|[46][1-8]"
	  ")\\d{1,9}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "DJ", .code = "253", .lengths = 0x100, .international = "00",
	  .pattern = "(?:2\\d|77)\\d{6}", .is_main = true,
	},
	{
	  .region = "DK", .code = "45", .lengths = 0x100, .international = "00", .pattern = "[2-9]\\d{7}",
	  .is_main = true,
	},
	{
	  .region = "DM", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:[58]\\d\\d|767|900)\\d{7}", .prefix = "1", .leading = "767",
	  .local = "[2-7]\\d{6}", .area = "767",
	},
	{
	  .region = "DO", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:[58]\\d\\d|900)\\d{7}", .prefix = "1", .leading = "8001|8[024]9",
	},
	{
	  .region = "DZ", .code = "213", .lengths = 0x300, .international = "00",
	  .pattern = "(?:[1-4]|[5-79]\\d|80)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "EC", .code = "593", .lengths = 0xf00, .international = "00",
	  .pattern = "1\\d{9,10}|(?:[2-7]|9\\d)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "EE", .code = "372", .lengths = 0x580, .international = "00",
	  .pattern = "8\\d{9}|[4578]\\d{7}|(?:[3-8]\\d|90)\\d{5}", .is_main = true,
	},
	{
	  .region = "EG", .code = "20", .lengths = 0x700, .international = "00",
	  .pattern = "[189]\\d{8,9}|[24-6]\\d{8}|[135]\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "EH", .code = "212", .lengths = 0x200, .international = "00", .pattern = "[5-8]\\d{8}",
	  .prefix = "0",
	},
	{
	  .region = "ER", .code = "291", .lengths = 0x80, .international = "00", .pattern = "[178]\\d{6}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "ES", .code = "34", .lengths = 0x200, .international = "00",
	  .pattern = "400\\d{6}|(?:51|[6-9]\\d)\\d{7}", .is_main = true,
	},
	{
	  .region = "ET", .code = "251", .lengths = 0x200, .international = "00",
	  .pattern = "(?:11|[2-57-9]\\d)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "FI", .code = "358", .lengths = 0x1fe0,
	  .international = "00|99(?:[01469]|5(?:[14]1|3[23]|5[59]|77|88|9[09]))",
	  .pattern = "[1-35689]\\d{4}|7\\d{10,11}|(?:[124-7]\\d|3[0-46-9])\\d{8}|[1-9]\\d{5,8}",
	  .is_main = true, .prefix = "0", .leading = "1[03-79]|[2-9]",
	},
	{
	  .region = "FJ", .code = "679", .lengths = 0x880, .international = "0(?:0|52)",
	  .pattern = "45\\d{5}|(?:0800\\d|[235-9])\\d{6}", .is_main = true,
	},
	{
	  .region = "FK", .code = "500", .lengths = 0x20, .international = "00", .pattern = "[2-7]\\d{4}",
	  .is_main = true,
	},
	{
	  .region = "FM", .code = "691", .lengths = 0x80, .international = "00",
	  .pattern = "(?:[39]\\d\\d|820)\\d{4}", .is_main = true,
	},
	{
	  .region = "FO", .code = "298", .lengths = 0x40, .international = "00", .pattern = "[2-9]\\d{5}",
	  .is_main = true,
	},
	{
	  .region = "FR", .code = "33", .lengths = 0x200, .international = "00", .pattern = "[1-9]\\d{8}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "GA", .code = "241", .lengths = 0x180, .international = "00",
	  .pattern = "(?:[067]\\d|11)\\d{6}|[2-7]\\d{6}", .is_main = true,
	},
	{
	  .region = "GB", .code = "44", .lengths = 0x680, .international = "00",
	  .pattern = "[1-357-9]\\d{9}|[18]\\d{8}|8\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "GD", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:473|[58]\\d\\d|900)\\d{7}", .prefix = "1", .leading = "473",
	  .local = "[2-9]\\d{6}", .area = "473",
	},
	{
	  .region = "GE", .code = "995", .lengths = 0x200, .international = "00",
	  .pattern = "(?:[3-57]\\d\\d|800)\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "GF", .code = "594", .lengths = 0x200, .international = "00",
	  .pattern = "(?:694\\d|7093)\\d{5}|(?:59|[89]\\d)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "GG", .code = "44", .lengths = 0x680, .international = "00",
	  .pattern = "(?:1481|[357-9]\\d{3})\\d{6}|8\\d{6}(?:\\d{2})?", .prefix = "0",
	  .local = "[25-9]\\d{5}", .area = "1481",
	},
	{
	  .region = "GH", .code = "233", .lengths = 0x300, .international = "00",
	  .pattern = "[235]\\d{8}|800\\d{5,6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "GI", .code = "350", .lengths = 0x100, .international = "00",
	  .pattern = "(?:[25]\\d|60)\\d{6}", .is_main = true,
	},
	{
	  .region = "GL", .code = "299", .lengths = 0x40, .international = "00",
	  .pattern = "(?:19|[2-689]\\d|70)\\d{4}", .is_main = true,
	},
	{
	  .region = "GM", .code = "220", .lengths = 0x280, .international = "00",
	  .pattern = "[48]\\d{8}|[2-9]\\d{6}", .is_main = true,
	},
	{
	  .region = "GN", .code = "224", .lengths = 0x300, .international = "00",
	  .pattern = "722\\d{6}|(?:3|6\\d)\\d{7}", .is_main = true,
	},
	{
	  .region = "GP", .code = "590", .lengths = 0x200, .international = "00",
	  .pattern = "7090\\d{5}|(?:[56]9|[89]\\d)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "GQ", .code = "240", .lengths = 0x200, .international = "00",
	  .pattern = "222\\d{6}|(?:3\\d|55|[89]0)\\d{7}", .is_main = true,
	},
	{
	  .region = "GR", .code = "30", .lengths = 0x1c00, .international = "00",
	  .pattern = "5005000\\d{3}|8\\d{9,11}|(?:[269]\\d|70)\\d{8}", .is_main = true,
	},
	{
	  .region = "GT", .code = "502", .lengths = 0x900, .international = "00",
	  .pattern = "80\\d{6}|(?:1\\d{3}|[2-7])\\d{7}", .is_main = true,
	},
	{
	  .region = "GU", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:[58]\\d\\d|671|900)\\d{7}", .prefix = "1", .leading = "671",
	  .local = "[2-9]\\d{6}", .area = "671",
	},
	{
	  .region = "GW", .code = "245", .lengths = 0x280, .international = "00",
	  .pattern = "[49]\\d{8}|4\\d{6}", .is_main = true,
	},
	{
	  .region = "GY", .code = "592", .lengths = 0x80, .international = "001",
	  .pattern = "(?:[2-8]\\d{3}|9008)\\d{3}", .is_main = true,
	},
	{
	  .region = "HK", .code = "852", .lengths = 0xbe0, .international = "00(?:30|5[09]|[126-9]?)",
	  .pattern = "8[0-46-9]\\d{6,7}|9\\d{4,7}|(?:[2-7]|9\\d{3})\\d{7}", .is_main = true,
	},
	{
	  .region = "HN", .code = "504", .lengths = 0x900, .international = "00",
	  .pattern = "8\\d{10}|[237-9]\\d{7}", .is_main = true,
	},
	{
	  .region = "HR", .code = "385", .lengths = 0x380, .international = "00",
	  .pattern = "[2-69]\\d{8}|80\\d{5,7}|[1-79]\\d{7}|6\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "HT", .code = "509", .lengths = 0x100, .international = "00",
	  .pattern = "[2-589]\\d{7}", .is_main = true,
	},
	{
	  .region = "HU", .code = "36", .lengths = 0x300, .international = "00",
	  .pattern = "[235-7]\\d{8}|[1-9]\\d{7}", .is_main = true, .prefix = "06",
	},
	{
	  .region = "ID", .code = "62", .lengths = 0x3ff80, .international = "00[89]",
	  .pattern = "00[1-9]\\d{9,14}|(?:[1-36]|8\\d{5})\\d{6}|00\\d{9}|[1-9]\\d{8,10}|[2-9]\\d{7}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "IE", .code = "353", .lengths = 0x780, .international = "00",
	  .pattern = "(?:1\\d|[2569])\\d{6,8}|4\\d{6,9}|7\\d{8}|8\\d{8,9}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "IL", .code = "972", .lengths = 0x1f80, .international = "0(?:0|1(?:05|[2-9]))",
	  .pattern = "1\\d{6}(?:\\d{3,5})?|[57]\\d{8}|[1-489]\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "IM", .code = "44", .lengths = 0x400, .international = "00",
	  .pattern = "1624\\d{6}|(?:[3578]\\d|90)\\d{8}", .prefix = "0", .leading = "74576|(?:16|7[56])24",
	  .local = "[25-8]\\d{5}", .area = "1624",
	},
	{
	  .region = "IN", .code = "91", .lengths = 0x3f00, .international = "00",
	  .pattern = "(?:000800|[2-9]\\d\\d)\\d{7}|1\\d{7,12}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "IO", .code = "246", .lengths = 0x80, .international = "00", .pattern = "3\\d{6}",
	  .is_main = true,
	},
	{
	  .region = "IQ", .code = "964", .lengths = 0x700, .international = "00",
	  .pattern = "(?:1|7\\d\\d)\\d{7}|[2-6]\\d{7,8}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "IR", .code = "98", .lengths = 0x4f0, .international = "00",
	  .pattern = "[1-9]\\d{9}|(?:[1-8]\\d\\d|9)\\d{3,4}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "IS", .code = "354", .lengths = 0x280, .international = "00|1(?:0(?:01|[12]0)|100)",
	  .pattern = "(?:38\\d|[4-9])\\d{6}", .is_main = true,
	},
	{
	  .region = "IT", .code = "39", .lengths = 0x1fc0, .international = "00",
	  .pattern = "0\\d{5,11}|1\\d{8,10}|3(?:[0-8]\\d{7,10}|9\\d{7,8})|(?:43|55|70)\\d{8}|8\\d{5}(?:\\d"
	  "{2,4})?", .is_main = true,
	},
	{
	  .region = "JE", .code = "44", .lengths = 0x400, .international = "00",
	  .pattern = "1534\\d{6}|(?:[3578]\\d|90)\\d{8}", .prefix = "0", .local = "[0-24-8]\\d{5}",
	  .area = "1534",
	},
	{
	  .region = "JM", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:[58]\\d\\d|658|900)\\d{7}", .prefix = "1", .leading = "658|876",
	},
	{
	  .region = "JO", .code = "962", .lengths = 0x300, .international = "00",
	  .pattern = "(?:(?:[2689]|7\\d)\\d|32|427|53)\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "JP", .code = "81", .lengths = 0x3ff00, .international = "010",
	  .pattern = "00[1-9]\\d{6,14}|[25-9]\\d{9}|(?:00|[1-9]\\d\\d)\\d{6}", .is_main = true,
	  .prefix = "0",
	},
	{
	  .region = "KE", .code = "254", .lengths = 0x780, .international = "000",
	  .pattern = "(?:[17]\\d\\d|900)\\d{6}|(?:2|80)0\\d{6,7}|[4-6]\\d{6,8}", .is_main = true,
	  .prefix = "0",
	},
	{
	  .region = "KG", .code = "996", .lengths = 0x600, .international = "00",
	  .pattern = "8\\d{9}|[235-9]\\d{8}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "KH", .code = "855", .lengths = 0x700, .international = "00[14-9]",
	  .pattern = "1\\d{9}|[1-9]\\d{7,8}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "KI", .code = "686", .lengths = 0x120, .international = "00",
	  .pattern = "(?:[37]\\d|6[0-79])\\d{6}|(?:[2-48]\\d|50)\\d{3}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "KM", .code = "269", .lengths = 0x80, .international = "00", .pattern = "[3478]\\d{6}",
	  .is_main = true,
	},
	{
	  .region = "KN", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:[58]\\d\\d|900)\\d{7}", .prefix = "1", .leading = "869", .local = "[2-7]\\d{6}",
	  .area = "869",
	},
	{
	  .region = "KP", .code = "850", .lengths = 0x500, .international = "00|99",
	  .pattern = "85\\d{6}|(?:19\\d|[2-7])\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "KR", .code = "82", .lengths = 0x7f60,
	  .international = "00(?:[125689]|3(?:[46]5|91)|7(?:00|27|3|55|6[126]))",
	  .pattern = "00[1-9]\\d{8,11}|(?:[12]|5\\d{3})\\d{7}|[13-6]\\d{9}|(?:[1-6]\\d|80)\\d{7}|[3-6]\\d{"
	  "4,5}|(?:00|7)0\\d{8}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "KW", .code = "965", .lengths = 0x180, .international = "00",
	  .pattern = "18\\d{5}|(?:[2569]\\d|41)\\d{6}", .is_main = true,
	},
	{
	  .region = "KY", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:345|[58]\\d\\d|900)\\d{7}", .prefix = "1", .leading = "345",
	  .local = "[2-9]\\d{6}", .area = "345",
	},
	{
	  .region = "KZ", .code = "7", .lengths = 0x4400, .international = "810",
	  .pattern = "8\\d{13}|[78]\\d{9}", .prefix = "8", .leading = "7",
	},
	{
	  .region = "LA", .code = "856", .lengths = 0x700, .international = "00",
	  .pattern = "(?:2\\d|3)\\d{8}|(?:[235-8]\\d|41)\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "LB", .code = "961", .lengths = 0x180, .international = "00",
	  .pattern = "[27-9]\\d{7}|[13-9]\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "LC", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:[58]\\d\\d|758|900)\\d{7}", .prefix = "1", .leading = "758",
	  .local = "[2-8]\\d{6}", .area = "758",
	},
	{
	  .region = "LI", .code = "423", .lengths = 0x280, .international = "00",
	  .pattern = "[68]\\d{8}|(?:[2378]\\d|90)\\d{5}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "LK", .code = "94", .lengths = 0x200, .international = "00", .pattern = "[1-9]\\d{8}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "LR", .code = "231", .lengths = 0x380, .international = "00",
	  .pattern = "(?:[2457]\\d|33|88)\\d{7}|(?:2\\d|[4-6])\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "LS", .code = "266", .lengths = 0x100, .international = "00",
	  .pattern = "(?:[256]\\d\\d|800)\\d{5}", .is_main = true,
	},
	{
	  .region = "LT", .code = "370", .lengths = 0x100, .international = "00",
	  .pattern = "(?:[3469]\\d|52|[78]0)\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "LU", .code = "352", .lengths = 0xff0, .international = "00",
	  .pattern = "35[013-9]\\d{4,8}|6\\d{8}|35\\d{2,4}|(?:[2457-9]\\d|3[0-46-9])\\d{2,9}",
	  .is_main = true,
	},
	{
	  .region = "LV", .code = "371", .lengths = 0x100, .international = "00",
	  .pattern = "(?:[268]\\d|78|90)\\d{6}", .is_main = true,
	},
	{
	  .region = "LY", .code = "218", .lengths = 0x200, .international = "00", .pattern = "[2-9]\\d{8}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "MA", .code = "212", .lengths = 0x200, .international = "00", .pattern = "[5-8]\\d{8}",
	  .is_main = true, .prefix = "0", .leading = "[5-8]",
	},
	{
	  .region = "MC", .code = "377", .lengths = 0x300, .international = "00",
	  .pattern = "(?:[3489]|[67]\\d)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "MD", .code = "373", .lengths = 0x100, .international = "00",
	  .pattern = "(?:[235-7]\\d|[89]0)\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "ME", .code = "382", .lengths = 0x300, .international = "00",
	  .pattern = "(?:20|[3-79]\\d)\\d{6}|80\\d{6,7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "MF", .code = "590", .lengths = 0x200, .international = "00",
	  .pattern = "7090\\d{5}|(?:[56]9|[89]\\d)\\d{7}", .prefix = "0",
	},
	{
	  .region = "MG", .code = "261", .lengths = 0x200, .international = "00", .pattern = "[23]\\d{8}",
	  .is_main = true, .prefix = "0", .local = "[24-9]\\d{6}", .area = "20",
	},
	{
	  .region = "MH", .code = "692", .lengths = 0x80, .international = "011",
	  .pattern = "329\\d{4}|(?:[256]\\d|45)\\d{5}", .is_main = true, .prefix = "1",
	},
	{
	  .region = "MK", .code = "389", .lengths = 0x100, .international = "00",
	  .pattern = "[2-578]\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "ML", .code = "223", .lengths = 0x100, .international = "00", .pattern = "[24-9]\\d{7}",
	  .is_main = true,
	},
	{
	  .region = "MM", .code = "95", .lengths = 0x7c0, .international = "00",
	  .pattern = "1\\d{5,7}|95\\d{6}|(?:[4-7]|9[0-46-9])\\d{6,8}|(?:2|8\\d)\\d{5,8}", .is_main = true,
	  .prefix = "0",
	},
	{
	  .region = "MN", .code = "976", .lengths = 0x700, .international = "001",
	  .pattern = "[12]\\d{7,9}|[5-9]\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "MO", .code = "853", .lengths = 0x180, .international = "00",
	  .pattern = "0800\\d{3}|(?:28|[68]\\d)\\d{6}", .is_main = true,
	},
	{
	  .region = "MP", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "[58]\\d{9}|(?:67|90)0\\d{7}", .prefix = "1", .leading = "670", .local = "[2-9]\\d{6}",
	  .area = "670",
	},
	{
	  .region = "MQ", .code = "596", .lengths = 0x200, .international = "00",
	  .pattern = "7091\\d{5}|(?:[56]9|[89]\\d)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "MR", .code = "222", .lengths = 0x100, .international = "00",
	  .pattern = "(?:[2-4]\\d\\d|800)\\d{5}", .is_main = true,
	},
	{
	  .region = "MS", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:[58]\\d\\d|664|900)\\d{7}", .prefix = "1", .leading = "664", .local = "[34]\\d{6}",
	  .area = "664",
	},
	{
	  .region = "MT", .code = "356", .lengths = 0x100, .international = "00",
	  .pattern = "3550\\d{4}|(?:[2579]\\d\\d|800)\\d{5}", .is_main = true,
	},
	{
	  .region = "MU", .code = "230", .lengths = 0x580, .international = "0(?:0|[24-7]0|3[03])",
	  .pattern = "(?:[57]|8\\d\\d)\\d{7}|[2-468]\\d{6}", .is_main = true,
	},
	{
	  .region = "MV", .code = "960", .lengths = 0x480, .international = "0(?:0|19)",
	  .pattern = "(?:800|9[0-57-9]\\d)\\d{7}|[34679]\\d{6}", .is_main = true,
	},
	{
	  .region = "MW", .code = "265", .lengths = 0x280, .international = "00",
	  .pattern = "(?:[1289]\\d|31|77)\\d{7}|1\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "MX", .code = "52", .lengths = 0x400, .international = "0[09]",
	  .pattern = "[2-9]\\d{9}", .is_main = true,
	},
	{
	  .region = "MY", .code = "60", .lengths = 0x700, .international = "00",
	  .pattern = "1\\d{8,9}|(?:3\\d|[4-9])\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "MZ", .code = "258", .lengths = 0x300, .international = "00",
	  .pattern = "(?:2|8\\d)\\d{7}", .is_main = true,
	},
	{
	  .region = "NA", .code = "264", .lengths = 0x300, .international = "00", .pattern = "[68]\\d{7,8}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "NC", .code = "687", .lengths = 0x40, .international = "00",
	  .pattern = "(?:050|[2-57-9]\\d\\d)\\d{3}", .is_main = true,
	},
	{
	  .region = "NE", .code = "227", .lengths = 0x100, .international = "00",
	  .pattern = "[027-9]\\d{7}", .is_main = true,
	},
	{
	  .region = "NF", .code = "672", .lengths = 0x40, .international = "00", .pattern = "[13]\\d{5}",
	  .is_main = true, .local = "[0-258]\\d{4}", .area = "3",
	},
	{
	  .region = "NG", .code = "234", .lengths = 0x7c00, .international = "009",
	  .pattern = "(?:20|9\\d)\\d{8}|[78]\\d{9,13}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "NI", .code = "505", .lengths = 0x100, .international = "00",
	  .pattern = "(?:1800|[25-8]\\d{3})\\d{4}", .is_main = true,
	},
	{
	  .region = "NL", .code = "31", .lengths = 0xfe0, .international = "00",
	  .pattern = "(?:[124-7]\\d\\d|3(?:[02-9]\\d|1[0-8]))\\d{6}|8\\d{6,9}|9\\d{6,10}|1\\d{4,5}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "NO", .code = "47", .lengths = 0x120, .international = "00",
	  .pattern = "(?:0|[2-9]\\d{3})\\d{4}", .is_main = true, .leading = "[02-689]|7[0-8]",
	},
	{
	  .region = "NP", .code = "977", .lengths = 0xd00, .international = "00",
	  .pattern = "(?:1\\d|9)\\d{9}|[1-9]\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "NR", .code = "674", .lengths = 0x80, .international = "00",
	  .pattern = "(?:222|444|(?:55|8\\d)\\d|666|777|999)\\d{4}", .is_main = true,
	},
	{
	  .region = "NU", .code = "683", .lengths = 0x90, .international = "00",
	  .pattern = "(?:[4-7]|888\\d)\\d{3}", .is_main = true,
	},
	{
	  .region = "NZ", .code = "64", .lengths = 0x7e0, .international = "0(?:0|161)",
	  .pattern = "[1289]\\d{9}|50\\d{5}(?:\\d{2,3})?|[27-9]\\d{7,8}|(?:[34]\\d|6[0-35-9])\\d{6}|8\\d{4,6}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "OM", .code = "968", .lengths = 0x380, .international = "00",
	  .pattern = "(?:1505|[279]\\d{3}|500)\\d{4}|800\\d{5,6}", .is_main = true,
	},
	{
	  .region = "PA", .code = "507", .lengths = 0xd80, .international = "00",
	  .pattern = "(?:00800|8\\d{3})\\d{6}|[68]\\d{7}|[1-57-9]\\d{6}", .is_main = true,
	},
	{
	  .region = "PE", .code = "51", .lengths = 0x300, .international = "00|19(?:1[124]|77|90)00",
	  .pattern = "(?:[14-8]|9\\d)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "PF", .code = "689", .lengths = 0x340, .international = "00",
	  .pattern = "4\\d{5}(?:\\d{2})?|8\\d{7,8}", .is_main = true,
	},
	{
	  .region = "PG", .code = "675", .lengths = 0x180, .international = "00|140[1-3]",
	  .pattern = "(?:180|[78]\\d{3})\\d{4}|(?:[2-589]\\d|64)\\d{5}", .is_main = true,
	},
	{
	  .region = "PH", .code = "63", .lengths = 0x3f40, .international = "00",
	  .pattern = "(?:[2-7]|9\\d)\\d{8}|2\\d{5}|(?:1800|8)\\d{7,9}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "PK", .code = "92", .lengths = 0x1f00, .international = "00",
	  .pattern = "122\\d{6}|[24-8]\\d{10,11}|9(?:[013-9]\\d{8,10}|2(?:[01]\\d\\d|2(?:[06-8]\\d|1[01]))"
	  "\\d{7})|(?:[2-8]\\d{3}|92(?:[0-7]\\d|8[1-9]))\\d{6}|[24-9]\\d{8}|[89]\\d{7}", .is_main = true,
	  .prefix = "0",
	},
	{
	  .region = "PL", .code = "48", .lengths = 0x7c0, .international = "00",
	  .pattern = "(?:6|8\\d\\d)\\d{7}|[1-9]\\d{6}(?:\\d{2})?|[26]\\d{5}", .is_main = true,
	},
	{
	  .region = "PM", .code = "508", .lengths = 0x240, .international = "00",
	  .pattern = "[78]\\d{8}|[2-9]\\d{5}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "PR", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:[589]\\d\\d|787)\\d{7}", .prefix = "1", .leading = "787|939",
	},
	{
	  .region = "PS", .code = "970", .lengths = 0x700, .international = "00",
	  .pattern = "[2489]2\\d{6}|(?:1\\d|5)\\d{8}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "PT", .code = "351", .lengths = 0x200, .international = "00",
	  .pattern = "1693\\d{5}|(?:[26-9]\\d|30)\\d{7}", .is_main = true,
	},
	{
	  .region = "PW", .code = "680", .lengths = 0x80, .international = "01[12]",
	  .pattern = "(?:[24-8]\\d\\d|345|900)\\d{4}", .is_main = true,
	},
	{
	  .region = "PY", .code = "595", .lengths = 0xfc0, .international = "00",
	  .pattern = "[36-8]\\d{5,8}|4\\d{6,8}|59\\d{6}|9\\d{5,10}|(?:2\\d|5[0-8])\\d{6,7}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "QA", .code = "974", .lengths = 0xb80, .international = "00",
	  .pattern = "800\\d{4}|(?:2|800)\\d{6}|(?:0080|[3-7])\\d{7}", .is_main = true,
	},
	{
	  .region = "RE", .code = "262", .lengths = 0x200, .international = "00",
	  .pattern = "709\\d{6}|(?:26|[689]\\d)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "RO", .code = "40", .lengths = 0x240, .international = "00",
	  .pattern = "(?:[2378]\\d|90)\\d{7}|[23]\\d{5}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "RS", .code = "381", .lengths = 0x1fc0, .international = "00",
	  .pattern = "38[02-9]\\d{6,9}|6\\d{7,9}|90\\d{4,8}|38\\d{5,6}|(?:7\\d\\d|800)\\d{3,9}|(?:[12]\\d|"
	  "3[0-79])\\d{5,10}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "RU", .code = "7", .lengths = 0x4400, .international = "810",
	  .pattern = "8\\d{13}|[347-9]\\d{9}", .is_main = true, .prefix = "8", .leading = "[3489]",
	},
	{
	  .region = "RW", .code = "250", .lengths = 0x300, .international = "00",
	  .pattern = "(?:06|[27]\\d\\d|[89]00)\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "SA", .code = "966", .lengths = 0x600, .international = "00",
	  .pattern = "(?:[15]\\d|800|92)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "SB", .code = "677", .lengths = 0xa0, .international = "0[01]",
	  .pattern = "[6-9]\\d{6}|[1-6]\\d{4}", .is_main = true,
	},
	{
	  .region = "SC", .code = "248", .lengths = 0x80, .international = "010|0[0-2]",
	  .pattern = "(?:[2489]\\d|64)\\d{5}", .is_main = true,
	},
	{
	  .region = "SD", .code = "249", .lengths = 0x200, .international = "00", .pattern = "[19]\\d{8}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "SE", .code = "46", .lengths = 0x17c0, .international = "00",
	  .pattern = "(?:[26]\\d\\d|9)\\d{9}|[1-9]\\d{8}|[1-689]\\d{7}|[1-4689]\\d{6}|2\\d{5}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "SG", .code = "65", .lengths = 0xd00, .international = "0[0-3]\\d",
	  .pattern = "(?:(?:1\\d|8)\\d\\d|7000)\\d{7}|[3689]\\d{7}", .is_main = true,
	},
	{
	  .region = "SH", .code = "290", .lengths = 0x30, .international = "00",
	  .pattern = "(?:[2569]\\d|8)\\d{3}", .is_main = true, .leading = "[2569]",
	},
	{
	  .region = "SI", .code = "386", .lengths = 0x1e0, .international = "00|10(?:22|66|88|99)",
	  .pattern = "[1-7]\\d{7}|8\\d{4,7}|90\\d{4,6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "SJ", .code = "47", .lengths = 0x120, .international = "00",
	  .pattern = "0\\d{4}|(?:[489]\\d|79)\\d{6}", .leading = "79",
	},
	{
	  .region = "SK", .code = "421", .lengths = 0x2c0, .international = "00",
	  .pattern = "[2-689]\\d{8}|[2-59]\\d{6}|[2-5]\\d{5}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "SL", .code = "232", .lengths = 0x100, .international = "00",
	  .pattern = "(?:[237-9]\\d|66)\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "SM", .code = "378", .lengths = 0x500, .international = "00",
	  .pattern = "(?:0549|[5-7]\\d)\\d{6}", .is_main = true, .local = "[89]\\d{5}", .area = "0549",
	},
	{
	  .region = "SN", .code = "221", .lengths = 0x200, .international = "00",
	  .pattern = "(?:[378]\\d|93)\\d{7}", .is_main = true,
	},
	{
	  .region = "SO", .code = "252", .lengths = 0x3c0, .international = "00",
	  .pattern = "[346-9]\\d{8}|[12679]\\d{7}|[1-5]\\d{6}|[1348]\\d{5}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "SR", .code = "597", .lengths = 0xc0, .international = "00",
	  .pattern = "(?:[2-5]|[6-9]\\d)\\d{5}", .is_main = true,
	},
	{
	  .region = "SS", .code = "211", .lengths = 0x200, .international = "00", .pattern = "[19]\\d{8}",
	  .is_main = true, .prefix = "0",
	},
	{
	  .region = "ST", .code = "239", .lengths = 0x80, .international = "00",
	  .pattern = "(?:22|9\\d)\\d{5}", .is_main = true,
	},
	{
	  .region = "SV", .code = "503", .lengths = 0x980, .international = "00",
	  .pattern = "[25-7]\\d{7}|(?:80\\d|900)\\d{4}(?:\\d{4})?", .is_main = true,
	},
	{
	  .region = "SX", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "7215\\d{6}|(?:[58]\\d\\d|900)\\d{7}", .prefix = "1", .leading = "721",
	  .local = "5\\d{6}", .area = "721",
	},
	{
	  .region = "SY", .code = "963", .lengths = 0x300, .international = "00",
	  .pattern = "[1-359]\\d{8}|[1-5]\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "SZ", .code = "268", .lengths = 0x300, .international = "00",
	  .pattern = "0800\\d{4}|(?:[237]\\d|900)\\d{6}", .is_main = true,
	},
	{
	  .region = "TA", .code = "290", .lengths = 0x10, .international = "00", .pattern = "8\\d{3}",
	  .leading = "8",
	},
	{
	  .region = "TC", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:[58]\\d\\d|649|900)\\d{7}", .prefix = "1", .leading = "649",
	  .local = "[2-479]\\d{6}", .area = "649",
	},
	{
	  .region = "TD", .code = "235", .lengths = 0x100, .international = "00|16",
	  .pattern = "(?:22|[3689]\\d|77)\\d{6}", .is_main = true,
	},
	{
	  .region = "TG", .code = "228", .lengths = 0x100, .international = "00", .pattern = "[279]\\d{7}",
	  .is_main = true,
	},
	{
	  .region = "TH", .code = "66", .lengths = 0x2700, .international = "00[1-9]",
	  .pattern = "(?:001800|[2-57]|[689]\\d)\\d{7}|1\\d{7,9}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "TJ", .code = "992", .lengths = 0x200, .international = "810",
	  .pattern = "(?:[0-57-9]\\d|66)\\d{7}", .is_main = true,
	},
	{
	  .region = "TK", .code = "690", .lengths = 0xf0, .international = "00",
	  .pattern = "[2-47]\\d{3,6}", .is_main = true,
	},
	{
	  .region = "TL", .code = "670", .lengths = 0x180, .international = "00",
	  .pattern = "7\\d{7}|(?:[2-47]\\d|[89]0)\\d{5}", .is_main = true,
	},
	{
	  .region = "TM", .code = "993", .lengths = 0x100, .international = "810", .pattern = "[1-7]\\d{7}",
	  .is_main = true, .prefix = "8",
	},
	{
	  .region = "TN", .code = "216", .lengths = 0x100, .international = "00",
	  .pattern = "[2-57-9]\\d{7}", .is_main = true,
	},
	{
	  .region = "TO", .code = "676", .lengths = 0xa0, .international = "00",
	  .pattern = "(?:0800|(?:[5-8]\\d\\d|999)\\d)\\d{3}|[2-8]\\d{4}", .is_main = true,
	},
	{
	  .region = "TR", .code = "90", .lengths = 0x3480, .international = "00",
	  .pattern = "4\\d{6}|8\\d{11,12}|(?:[2-58]\\d\\d|900)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "TT", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:[58]\\d\\d|900)\\d{7}", .prefix = "1", .leading = "868", .local = "[2-46-8]\\d{6}",
	  .area = "868",
	},
	{
	  .region = "TV", .code = "688", .lengths = 0xe0, .international = "00",
	  .pattern = "(?:2|7\\d\\d|90)\\d{4}", .is_main = true,
	},
	{
	  .region = "TW", .code = "886", .lengths = 0xf80, .international = "0(?:0[25-79]|19)",
	  .pattern = "[2-689]\\d{8}|7\\d{9,10}|[2-8]\\d{7}|2\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "TZ", .code = "255", .lengths = 0x200, .international = "00[056]",
	  .pattern = "(?:[25-8]\\d|41|90)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "UA", .code = "380", .lengths = 0x600, .international = "00",
	  .pattern = "[89]\\d{9}|[3-9]\\d{8}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "UG", .code = "256", .lengths = 0x200, .international = "00[057]",
	  .pattern = "800\\d{6}|(?:[29]0|[347]\\d)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "US", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "[2-9]\\d{9}|3\\d{6}", .is_main = true, .prefix = "1",
	},
	{
	  .region = "UY", .code = "598", .lengths = 0x3ff0, .international = "0(?:0|1[3-9]\\d)",
	  .pattern = "0004\\d{2,9}|[1249]\\d{7}|2\\d{3,4}|(?:[49]\\d|80)\\d{5}", .is_main = true,
	  .prefix = "0",
	},
	{
	  .region = "UZ", .code = "998", .lengths = 0x200, .international = "00",
	  .pattern = "(?:20|33|[5-9]\\d)\\d{7}", .is_main = true,
	},
	{
	  .region = "VA", .code = "39", .lengths = 0x1fc0, .international = "00",
	  .pattern = "0\\d{5,10}|3[0-8]\\d{7,10}|55\\d{8}|8\\d{5}(?:\\d{2,4})?|(?:1\\d|39)\\d{7,8}",
	  .leading = "06698",
	},
	{
	  .region = "VC", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:[58]\\d\\d|784|900)\\d{7}", .prefix = "1", .leading = "784",
	  .local = "[2-7]\\d{6}", .area = "784",
	},
	{
	  .region = "VE", .code = "58", .lengths = 0x400, .international = "00",
	  .pattern = "[68]00\\d{7}|(?:[24]\\d|[59]0)\\d{8}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "VG", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "(?:284|[58]\\d\\d|900)\\d{7}", .prefix = "1", .leading = "284",
	  .local = "[2-578]\\d{6}", .area = "284",
	},
	{
	  .region = "VI", .code = "1", .lengths = 0x400, .international = "011",
	  .pattern = "[58]\\d{9}|(?:34|90)0\\d{7}", .prefix = "1", .leading = "340", .local = "[2-9]\\d{6}",
	  .area = "340",
	},
	{
	  .region = "VN", .code = "84", .lengths = 0x780, .international = "00",
	  .pattern = "[12]\\d{9}|[135-9]\\d{8}|[16]\\d{6,7}|7\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "VU", .code = "678", .lengths = 0xa0, .international = "00",
	  .pattern = "[57-9]\\d{6}|(?:[238]\\d|48)\\d{3}", .is_main = true,
	},
	{
	  .region = "WF", .code = "681", .lengths = 0x240, .international = "00",
	  .pattern = "(?:40|72|8\\d{4})\\d{4}|[89]\\d{5}", .is_main = true,
	},
	{
	  .region = "WS", .code = "685", .lengths = 0x4e0, .international = "0",
	  .pattern = "(?:[2-6]|8\\d{5})\\d{4}|[78]\\d{6}|[68]\\d{5}", .is_main = true,
	},
	{
	  .region = "XK", .code = "383", .lengths = 0x1f00, .international = "00",
	  .pattern = "2\\d{7,8}|3\\d{7,11}|(?:4\\d\\d|[89]00)\\d{5}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "YE", .code = "967", .lengths = 0x380, .international = "00",
	  .pattern = "(?:1|7\\d)\\d{7}|[1-7]\\d{6}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "YT", .code = "262", .lengths = 0x200, .international = "00",
	  .pattern = "(?:639\\d|7093)\\d{5}|(?:26|80|9\\d)\\d{7}", .prefix = "0",
	},
	{
	  .region = "ZA", .code = "27", .lengths = 0x7e0, .international = "00",
	  .pattern = "[1-79]\\d{8}|8\\d{4,9}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "ZM", .code = "260", .lengths = 0x200, .international = "00",
	  .pattern = "800\\d{6}|(?:21|[579]\\d|63)\\d{7}", .is_main = true, .prefix = "0",
	},
	{
	  .region = "ZW", .code = "263", .lengths = 0x680, .international = "00",
	  .pattern = "8\\d{6}(?:\\d{3})?|[235-8]\\d{8}", .is_main = true, .prefix = "0",
	},
};

const size_t n_phone_regions = sizeof(phone_regions) / sizeof(phone_regions[0]);

const struct phone_code phone_codes[] = {
	{ 1, 227 }, { 7, 186 }, { 20, 63 }, { 27, 242 }, { 30, 87 }, { 31, 162 }, { 32, 19 }, { 33, 73 },
	{ 34, 66 }, { 36, 96 }, { 39, 106 }, { 40, 184 }, { 41, 41 }, { 43, 11 }, { 44, 75 }, { 45, 57 },
	{ 46, 192 }, { 47, 163 }, { 48, 175 }, { 49, 55 }, { 51, 170 }, { 52, 153 }, { 53, 49 }, { 54, 9 },
	{ 55, 30 }, { 56, 44 }, { 57, 47 }, { 58, 232 }, { 60, 154 }, { 61, 12 }, { 62, 97 }, { 63, 173 },
	{ 64, 167 }, { 65, 193 }, { 66, 213 }, { 81, 110 }, { 82, 118 }, { 84, 235 }, { 86, 46 }, { 90, 220 },
	{ 91, 101 }, { 92, 174 }, { 93, 3 }, { 94, 126 }, { 95, 142 }, { 98, 104 }, { 211, 203 }, { 212, 133 },
	{ 213, 60 }, { 216, 218 }, { 218, 132 }, { 220, 83 }, { 221, 200 }, { 222, 147 }, { 223, 141 }, { 224, 84 },
	{ 225, 42 }, { 226, 20 }, { 227, 158 }, { 228, 212 }, { 229, 24 }, { 230, 150 }, { 231, 127 }, { 232, 198 },
	{ 233, 80 }, { 234, 160 }, { 235, 211 }, { 236, 39 }, { 237, 45 }, { 238, 50 }, { 239, 204 }, { 240, 86 },
	{ 241, 74 }, { 242, 40 }, { 243, 38 }, { 244, 8 }, { 245, 90 }, { 246, 102 }, { 247, 0 }, { 248, 190 },
	{ 249, 191 }, { 250, 187 }, { 251, 67 }, { 252, 201 }, { 253, 56 }, { 254, 111 }, { 255, 224 }, { 256, 226 },
	{ 257, 23 }, { 258, 155 }, { 260, 243 }, { 261, 138 }, { 262, 183 }, { 263, 244 }, { 264, 156 }, { 265, 152 },
	{ 266, 128 }, { 267, 33 }, { 268, 208 }, { 269, 115 }, { 290, 194 }, { 291, 65 }, { 297, 13 }, { 298, 72 },
	{ 299, 82 }, { 350, 81 }, { 351, 179 }, { 352, 130 }, { 353, 98 }, { 354, 105 }, { 355, 6 }, { 356, 149 },
	{ 357, 53 }, { 358, 68 }, { 359, 21 }, { 370, 129 }, { 371, 131 }, { 372, 62 }, { 373, 135 }, { 374, 7 },
	{ 375, 34 }, { 376, 1 }, { 377, 134 }, { 378, 199 }, { 380, 225 }, { 381, 185 }, { 382, 136 }, { 383, 239 },
	{ 385, 94 }, { 386, 195 }, { 387, 16 }, { 389, 140 }, { 420, 54 }, { 421, 197 }, { 423, 125 }, { 500, 70 },
	{ 501, 35 }, { 502, 88 }, { 503, 205 }, { 504, 93 }, { 505, 161 }, { 506, 48 }, { 507, 169 }, { 508, 176 },
	{ 509, 95 }, { 590, 85 }, { 591, 28 }, { 592, 91 }, { 593, 61 }, { 594, 78 }, { 595, 181 }, { 596, 146 },
	{ 597, 202 }, { 598, 228 }, { 599, 51 }, { 670, 216 }, { 672, 159 }, { 673, 27 }, { 674, 165 }, { 675, 172 },
	{ 676, 219 }, { 677, 189 }, { 678, 236 }, { 679, 69 }, { 680, 180 }, { 681, 237 }, { 682, 43 }, { 683, 166 },
	{ 685, 238 }, { 686, 114 }, { 687, 157 }, { 688, 222 }, { 689, 171 }, { 690, 215 }, { 691, 71 }, { 692, 139 },
	{ 850, 117 }, { 852, 92 }, { 853, 144 }, { 855, 113 }, { 856, 122 }, { 880, 18 }, { 886, 223 }, { 960, 151 },
	{ 961, 123 }, { 962, 109 }, { 963, 207 }, { 964, 103 }, { 965, 119 }, { 966, 188 }, { 967, 240 }, { 968, 168 },
	{ 970, 178 }, { 971, 2 }, { 972, 99 }, { 973, 22 }, { 974, 182 }, { 975, 32 }, { 976, 143 }, { 977, 164 },
	{ 992, 214 }, { 993, 217 }, { 994, 15 }, { 995, 77 }, { 996, 112 }, { 998, 229 },
};

const size_t n_phone_codes = sizeof(phone_codes) / sizeof(phone_codes[0]);
