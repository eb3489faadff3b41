#!/usr/bin/awk -f
# SPDX-License-Identifier: GPL-2.0
#
# Usage: docs.awk -v asked=QUESTION -v document=FILE INDEX WORDS
#
# What is wrong with a document, a line each: `docs` in this folder says which
# questions there are, and has made the index and the words.

function wrong(question, text)
{
	if (question == asked)
		print document ":" line ": " text
}

function there(path,	status)
{
	status = system("test -e \"" path "\"")
	return status == 0
}

function look_up(name)
{
	if (name ~ /^(B|[A-Z][0-9]+)_/) {
		tested = 1
		if (!(("test", program, name) in known))
			wrong("tests", program " has no test " name)
	} else if (name ~ /^cancelsafe [a-z]+$/) {
		sub(/.* /, "", name)
		if (!there("userspace/" name ".c"))
			wrong("names", "there is no command " name)
	} else if (name ~ /\//) {
		if (!there(name))
			wrong("names", "there is no file " name)
	} else if (name ~ /^(struct|enum) [a-z_0-9]+$/) {
		sub(/.* /, "", name)
		if (!(("type", name) in known))
			wrong("names", "there is no type " name)
	} else if (name ~ /^[A-Za-z_0-9]+\(\)$/) {
		sub(/\(\)/, "", name)
		if (!(("function", name) in known))
			wrong("names", "there is no function " name)
	} else if (!(("word", name) in known) && !(name in programs)) {
		wrong("names", "there is no " name)
	}
}

function heading(text)
{
	sub(/^#+ /, "", text)
	gsub(/[^A-Za-z0-9 -]/, "", text)
	gsub(/ /, "-", text)
	return tolower(text)
}

function look_for(target,	file, anchor, text, found)
{
	if (target ~ /^https?:/)
		return
	file = anchor = target
	sub(/#.*/, "", file)
	if (file == "")
		file = document
	else
		file = substr(document, 1, match(document, /[^\/]*$/) - 1) file
	if (!there(file))
		wrong("links", "there is no " target)
	if (!sub(/.*#/, "", anchor))
		return
	while ((getline text <file) > 0)
		if (text ~ /^#/ && heading(text) == anchor)
			found = 1
	close(file)
	if (!found)
		wrong("links", "there is no heading for " target)
}

function end_of_row()
{
	if (row == "")
		return
	if (parts != " Windows Here Tests Linux Differs")
		wrong("rows", "the parts of \"" row "\" are" parts)
	row = ""
}

function end_of_part()
{
	if (part == "Tests" && !tested && !none)
		wrong("rows", "\"" row "\" names no test")
	if (part == "Here" && !named && !none)
		wrong("rows", "\"" row "\" names nothing of ours")
	part = program = ""
}

BEGIN { FS = "\t" }

# The index
FILENAME == ARGV[1] {
	split($0, word, " ")
	if (word[1] == "test") {
		known["test", word[2], word[3]]
		programs[word[2]]
	} else {
		known[word[1], word[2]]
	}
	next
}

# The words
{ line = $1 }

$2 == "head" {
	end_of_part()
	end_of_row()
	if ($3 ~ /^### /)
		row = substr($3, 5)
	parts = ""
}

$2 == "part" {
	end_of_part()
	part = $3
	parts = parts " " part
	first = 1
	tested = named = none = 0
	next
}

$2 == "row" { end_of_part() }

$2 == "plain" {
	if (first && $3 ~ /^(No|None|Nothing)$/)
		none = 1
	if ($3 in programs)
		program = $3
	if ($3 ~ /^(cs|csq|CS|CANCELSAFE)_/ && !($3 in programs))
		wrong("names", $3 " does not stand in code")
	if ($3 ~ /^(B|[AC-HLR][0-9]+)_[A-Za-z0-9_]*$/)
		wrong("tests", $3 " does not stand in code")
	if ($3 ~ /^[AC-HLR][0-9]+$/ && !(("rule", $3) in known))
		wrong("rules", "there is no rule " $3)
}

$2 == "code" { named = 1; look_up($3) }

$2 == "link" { look_for($3) }

$2 == "plain" || $2 == "code" { first = 0 }
END { end_of_part(); end_of_row() }
