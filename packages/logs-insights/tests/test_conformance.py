"""The example queries of AWS's documentation of Logs Insights QL, on small fixtures with the
documented results.
"""

import pytest

from logs_insights import QueryError

LOG_LINE = (
    "25 May 2019 10:24:39,474 [ERROR] {foo=2, bar=data} The error was: DataIntegrityException"
)
EXPRESSIONS = [
    {"f1": "an Exception here", "f2": "x", "f3": 5},
    {"f1": "exception", "f2": "y", "f3": 30},
    {"f1": "Exception", "f2": "x", "f3": 10},
    {"f1": 10, "f3": 1},
    {"f2": "z", "f3": 26},
]
FLOWS = [
    {
        "srcAddr": "192.0.2.9",
        "dstAddr": "10.0.0.1",
        "packets": 5,
        "bytes": 100,
        "protocol": 17,
        "logStatus": "OK",
    },
    {
        "srcAddr": "192.0.2.9",
        "dstAddr": "10.0.0.1",
        "packets": 7,
        "bytes": 300,
        "protocol": 6,
        "logStatus": "OK",
    },
    {
        "srcAddr": "192.0.3.1",
        "dstAddr": "10.0.0.2",
        "packets": 9,
        "bytes": 900,
        "protocol": 17,
        "logStatus": "SKIPDATA",
    },
    {
        "srcAddr": "192.0.2.1",
        "dstAddr": "10.0.0.2",
        "packets": 1,
        "bytes": 500,
        "protocol": 6,
        "logStatus": "OK",
    },
]
REPORTS = [
    {"@type": "REPORT", "@memorySize": 134217728, "@maxMemoryUsed": 67108864, "@duration": 10},
    {"@type": "REPORT", "@memorySize": 134217728, "@maxMemoryUsed": 33554432, "@duration": 20},
    {"@type": "START"},
]
TRAIL = [
    {
        "eventSource": "ec2",
        "eventName": "StartInstances",
        "awsRegion": "us-east-2",
        "region": "us-east-2",
    },
    {
        "eventSource": "ec2",
        "eventName": "StopInstances",
        "awsRegion": "eu-west-1",
        "region": "eu-west-1",
    },
    {
        "eventName": "CreateUser",
        "awsRegion": "us-east-1",
        "requestParameters": {"userName": "ana"},
        "responseElements": {"user": {"arn": "arn:aws:iam::1:user/ana"}},
    },
    {"eventName": "UpdateTrail", "errorCode": "Denied", "errorMessage": "no"},
    {"eventName": "UpdateTrail"},
]
LOGGED = [{"text": text} for text in (LOG_LINE, "26 May 2019 [INFO] started", "no brackets")]
CALLS = [
    {"text": "user=ana, method:get, latency := 10"},
    {"text": "user=ana, method:get, latency := 30"},
    {"text": "user=bob, method:put, latency := 7"},
]
TIMES = [
    {"timestamp": f"2026-11-23T{time}:00.000Z", "queryType": kind, "text": text}
    for time, kind, text in [
        ("10:05", "A", "Exception one"),
        ("10:55", "A", "fine"),
        ("10:56", "AAAA", "Exception two"),
        ("11:05", "A", "Exception three"),
    ]
]

# Where an example works on @message as plain text, the fixture has that text in a field.
EXAMPLES = {
    "fields: a name with a hyphen and an expression": (
        "fields `foo-bar`, action, abs(f3-f4)",
        [{"foo-bar": "x", "action": "go", "f3": 2, "f4": 5}],
        [{"foo-bar": "x", "action": "go", "abs(f3-f4)": "3"}],
    ),
    "fields: concat": (
        "fields concat(Operation, '-', StatusCode) as opStatus",
        [{"Operation": "get", "StatusCode": 200}],
        [{"opStatus": "get-200"}],
    ),
    "fields: ispresent is 0 or 1": (
        "fields ispresent(resolverArn) as isRes | sort isRes",
        [{"resolverArn": "arn"}, {}],
        [{"isRes": "0"}, {"isRes": "1"}],
    ),
    "fields: an alias and another field": (
        "fields abs(myField) as AbsoluteValuemyField, myField2",
        [{"myField": -4, "myField2": "b"}],
        [{"AbsoluteValuemyField": "4", "myField2": "b"}],
    ),
    "filter: a number above": (
        "fields f1, f2, f3 | filter (duration>2000)",
        [{"f1": "a", "duration": 2001}, {"f1": "b", "duration": 2000}],
        [{"f1": "a"}],
    ),
    "filter: or": (
        "fields f1, f2 | filter (f1=10 or f3>25) | sort f3",
        EXPRESSIONS,
        [{"f1": "10"}, {"f2": "z"}, {"f1": "exception", "f2": "y"}],
    ),
    "filter: and": (
        "fields f1 | filter f3 >= 10 and f2 = 'x'",
        EXPRESSIONS,
        [{"f1": "Exception"}],
    ),
    "filter: a number matched by a regex": (
        r"fields f1 | filter statusCode like /2\d\d/",
        [{"f1": "ok", "statusCode": 204}, {"f1": "no", "statusCode": 304}],
        [{"f1": "ok"}],
    ),
    "filter: in": (
        "fields n | filter statusCode in [300,400,500] | sort n asc",
        [{"n": 1, "statusCode": 300}, {"n": 2, "statusCode": 200}, {"n": 3, "statusCode": "500"}],
        [{"n": "1"}, {"n": "3"}],
    ),
    "filter: not in": (
        'fields n | filter Type not in ["foo","bar",1] | sort n asc',
        [{"n": 1, "Type": "foo"}, {"n": 2, "Type": "baz"}, {"n": 3, "Type": 1}, {"n": 4}],
        [{"n": "2"}, {"n": "4"}],
    ),
    "filter: like a regex": (
        "fields f1 | filter f1 like /Exception/ | sort f3",
        EXPRESSIONS,
        [{"f1": "an Exception here"}, {"f1": "Exception"}],
    ),
    "filter: =~ a regex": (
        "fields f1 | filter f1 =~ /Exception/ | sort f3",
        EXPRESSIONS,
        [{"f1": "an Exception here"}, {"f1": "Exception"}],
    ),
    "filter: =~ a substring": (
        'fields f1 | filter f1 =~ "Exception" | sort f3',
        EXPRESSIONS,
        [{"f1": "an Exception here"}, {"f1": "Exception"}],
    ),
    "filter: like a substring": (
        'fields f1 | filter f1 like "Exception" | sort f3',
        EXPRESSIONS,
        [{"f1": "an Exception here"}, {"f1": "Exception"}],
    ),
    "filter: a regex in any case": (
        "fields f1 | filter f1 like /(?i)Exception/ | sort f3",
        EXPRESSIONS,
        [{"f1": "an Exception here"}, {"f1": "Exception"}, {"f1": "exception"}],
    ),
    "filter: a whole word in any case": (
        "fields f1 | filter f1 =~ /^(?i)Exception$/ | sort f3",
        EXPRESSIONS,
        [{"f1": "Exception"}, {"f1": "exception"}],
    ),
    "filter: not like": (
        "fields text | filter text not like /Exception/",
        TIMES,
        [{"text": "fine"}],
    ),
    "stats: an average by a field, with a space before the parenthesis": (
        "stats avg (f1) by f2 | sort f2",
        [{"f1": 1, "f2": "a"}, {"f1": 2, "f2": "a"}, {"f1": 5, "f2": "b"}],
        [{"f2": "a", "avg (f1)": "1.5"}, {"f2": "b", "avg (f1)": "5"}],
    ),
    "stats: an alias to sort by": (
        "stats avg(f1) as myAvgF1 | sort myAvgF1 desc",
        [{"f1": 1}, {"f1": 2}],
        [{"myAvgF1": "1.5"}],
    ),
    "stats: exceptions an hour": (
        "filter @message like /Exception/ | stats count(*) as exceptionCount by"
        " bin(1h) | sort exceptionCount desc",
        TIMES,
        [
            {"bin(1h)": "2026-11-23 10:00:00.000", "exceptionCount": "2"},
            {"bin(1h)": "2026-11-23 11:00:00.000", "exceptionCount": "1"},
        ],
    ),
    "stats: by a field and time": (
        "stats count(*) by queryType, bin(1h) | sort queryType, bin(1h)",
        TIMES,
        [
            {"queryType": "A", "bin(1h)": "2026-11-23 10:00:00.000", "count(*)": "2"},
            {"queryType": "A", "bin(1h)": "2026-11-23 11:00:00.000", "count(*)": "1"},
            {"queryType": "AAAA", "bin(1h)": "2026-11-23 10:00:00.000", "count(*)": "1"},
        ],
    ),
    "stats: of stats": (
        "FIELDS strlen(text) AS message_length"
        " | STATS sum(message_length)/4 as logs_mb BY bin(1h)"
        " | STATS max(logs_mb) AS peak_ingest_mb, min(logs_mb) AS min_ingest_mb,"
        " avg(logs_mb) AS avg_ingest_mb",
        TIMES,
        [{"peak_ingest_mb": "7.5", "min_ingest_mb": "3.75", "avg_ingest_mb": "5.625"}],
    ),
    "stats: results calculated from results before them": (
        'filter @type = "REPORT" | stats max(@memorySize / 1024 / 1024) as provisonedMemoryMB,'
        " min(@maxMemoryUsed / 1024 / 1024) as smallestMemoryRequestMB,"
        " avg(@maxMemoryUsed / 1024 / 1024) as avgMemoryUsedMB, max(@maxMemoryUsed /"
        " 1024 / 1024) as maxMemoryUsedMB,"
        " provisonedMemoryMB - maxMemoryUsedMB as overProvisionedMB",
        REPORTS,
        [
            {
                "provisonedMemoryMB": "128",
                "smallestMemoryRequestMB": "32",
                "avgMemoryUsedMB": "48",
                "maxMemoryUsedMB": "64",
                "overProvisionedMB": "64",
            }
        ],
    ),
    "stats: a latency report": (
        'filter @type = "REPORT" |\n    stats avg(@duration), max(@duration),'
        " min(@duration) by bin(5m)",
        REPORTS,
        [
            {
                "bin(5m)": "2026-11-23 10:00:00.000",
                "avg(@duration)": "15",
                "max(@duration)": "20",
                "min(@duration)": "10",
            }
        ],
    ),
    "flows: the most packets": (
        "stats sum(packets) as packetsTransferred by srcAddr, dstAddr | sort"
        " packetsTransferred desc | limit 2",
        FLOWS,
        [
            {"srcAddr": "192.0.2.9", "dstAddr": "10.0.0.1", "packetsTransferred": "12"},
            {"srcAddr": "192.0.3.1", "dstAddr": "10.0.0.2", "packetsTransferred": "9"},
        ],
    ),
    "flows: from a subnet": (
        'filter isIpv4InSubnet(srcAddr, "192.0.2.0/24") | stats sum(bytes) as'
        " bytesTransferred by dstAddr"
        " | sort bytesTransferred desc | limit 15",
        FLOWS,
        [
            {"dstAddr": "10.0.0.2", "bytesTransferred": "500"},
            {"dstAddr": "10.0.0.1", "bytesTransferred": "400"},
        ],
    ),
    "flows: a protocol": (
        "filter protocol=17 | stats count(*) by srcAddr | sort srcAddr",
        FLOWS,
        [{"srcAddr": "192.0.2.9", "count(*)": "1"}, {"srcAddr": "192.0.3.1", "count(*)": "1"}],
    ),
    "flows: skipped records an hour, sorted without a direction": (
        'filter logStatus="SKIPDATA" | stats count(*) by bin(1h) as t | sort t',
        FLOWS,
        [{"t": "2026-11-23 10:00:00.000", "count(*)": "1"}],
    ),
    "trail: calls by service, event and region": (
        "stats count(*) by eventSource, eventName, awsRegion | sort eventName desc,"
        " eventSource | limit 1",
        TRAIL,
        [{"eventName": "UpdateTrail", "count(*)": "2"}],
    ),
    "trail: hosts started or stopped in a region": (
        'filter (eventName="StartInstances" or eventName="StopInstances") and'
        ' region="us-east-2" | display eventName',
        TRAIL,
        [{"eventName": "StartInstances"}],
    ),
    "trail: nested fields": (
        'filter eventName="CreateUser" | fields awsRegion,'
        " requestParameters.userName, responseElements.user.arn",
        TRAIL,
        [
            {
                "awsRegion": "us-east-1",
                "requestParameters.userName": "ana",
                "responseElements.user.arn": "arn:aws:iam::1:user/ana",
            }
        ],
    ),
    "trail: errors of a call": (
        'filter eventName="UpdateTrail" and ispresent(errorCode) | stats count(*) by'
        " errorCode, errorMessage",
        TRAIL,
        [{"errorCode": "Denied", "errorMessage": "no", "count(*)": "1"}],
    ),
    "sort, limit, then display": (
        "sort @timestamp desc | limit 2 | display f1, f2",
        EXPRESSIONS,
        [{"f2": "z"}, {"f1": "10"}],
    ),
    "parse: a glob": (
        'parse text "[*] * The error was: *" as level, config, exception | filter ispresent(level)'
        " | display level, config, exception",
        LOGGED,
        [{"level": "ERROR", "config": "{foo=2, bar=data}", "exception": "DataIntegrityException"}],
    ),
    "parse: a regex": (
        r"parse text /\[(?<level>\S+)\]\s+(?<config>\{.*\})\s+The error was: (?<exception>\S+)/"
        " | filter ispresent(level) | display level, config, exception",
        LOGGED,
        [{"level": "ERROR", "config": "{foo=2, bar=data}", "exception": "DataIntegrityException"}],
    ),
    "parse: a glob with names that begin with @": (
        'parse text "user=*, method:*, latency := *" as @user,\n    @method, @latency'
        " | stats avg(@latency) by @method,\n    @user | sort @user",
        CALLS,
        [
            {"@method": "get", "@user": "ana", "avg(@latency)": "20"},
            {"@method": "put", "@user": "bob", "avg(@latency)": "7"},
        ],
    ),
    "parse: a regex, then stats": (
        r"parse text /user=(?<user2>.*?), method:(?<method2>.*?), latency := (?<latency2>\d+)/"
        " | stats avg(latency2) by method2, user2 | sort user2",
        CALLS,
        [
            {"method2": "get", "user2": "ana", "avg(latency2)": "20"},
            {"method2": "put", "user2": "bob", "avg(latency2)": "7"},
        ],
    ),
    "parse, filter, display with a comparison": (
        'FIELDS text | PARSE text "* [*] *" as loggingTime, loggingType, loggingMessage'
        ' | FILTER loggingType IN ["ERROR", "INFO"] | DISPLAY loggingMessage,'
        ' loggingType = "ERROR" as isError',
        LOGGED,
        [
            {"loggingMessage": "started", "isError": "0"},
            {"loggingMessage": LOG_LINE.split("] ")[1], "isError": "1"},
        ],
    ),
    "parse: a field that was parsed": (
        'parse text "url=*" as url | parse url "/api/*/users/*" as apiVersion, userId'
        " | display apiVersion, userId",
        [{"text": "url=/api/v2/users/7"}],
        [{"apiVersion": "v2", "userId": "7"}],
    ),
    "comment in the middle": (
        "fields n\n    # | filter @message like /delay/\n    | limit 20",
        [{"n": 1}],
        [{"n": "1"}],
    ),
    "dedup: the latest event of each server": (
        "fields @timestamp, server, severity, message | sort @timestamp desc | dedup server",
        [
            {"server": "a", "message": 1},
            {"server": "b", "message": 2},
            {"server": "a", "message": 3},
        ],
        [
            {"@timestamp": "2026-11-23 10:00:02.000", "server": "a", "message": "3"},
            {"@timestamp": "2026-11-23 10:00:01.000", "server": "b", "message": "2"},
        ],
    ),
    "structures: group by an attribute of parsed JSON": (
        "fields jsonParse(inner) as json_message | stats count() by json_message.status_code",
        [{"inner": '{"status_code": 200}'}, {"inner": '{"status_code": 200}'}],
        [{"json_message.status_code": "200", "count()": "2"}],
    ),
    "structures: an element of a list": (
        "fields jsonParse(inner) as parsed | fields parsed.users[1].action | display"
        " parsed.users[1].action",
        [{"inner": '{"users": [{"action": "put"}, {"action": "del"}]}'}],
        [{"parsed.users[1].action": "del"}],
    ),
}


@pytest.mark.parametrize(("query", "events", "expected"), EXAMPLES.values(), ids=EXAMPLES)
def test_a_documented_example_returns_the_documented_result(ask, query, events, expected):
    assert ask(query, events) == expected


ARITHMETIC = {
    "2 ^ 3": "8",
    "10 % 3": "1",
    "1 + 2 * 3 - 4 / 2": "5",
    "abs(0-3)": "3",
    "ceil(1.2)": "2",
    "floor(1.8)": "1",
    "round(1.256, 2)": "1.26",
    "round(2.5)": "3",
    "greatest(1, 3, 2)": "3",
    "least(4, 3, 5)": "3",
    "log(1)": "0",
    "sqrt(16)": "4",
    "coalesce(missing, s, 'z')": "xyZfooxyZ",
    "if(n > 1, 'many', 'one')": "many",
    "case(n = 1, 'one', n = 2, 'two', 'more')": "two",
    "isNumeric('12')": "1",
    "isNumeric(s)": "0",
    "toNumber('1.5') + 1": "2.5",
    "toInt('7.9')": "7",
    "messageSize('aé')": "3",
    "strlen('aé')": "2",
    "isempty(missing)": "1",
    "isempty('')": "1",
    "isempty(' ')": "0",
    "isblank(' ')": "1",
    "isblank(missing)": "1",
    "ltrim(s, 'xyZ')": "fooxyZ",
    "rtrim(s, 'xyZ')": "xyZfoo",
    "trim(s, 'xyZ')": "foo",
    "trim('  a ')": "a",
    "toupper('a')": "A",
    "tolower('A')": "a",
    "substr(s, 3)": "fooxyZ",
    "substr(s, 3, 3)": "foo",
    "replace('foo', 'o', '0')": "f00",
    "regexReplace('a1b22', '[0-9]+', '#')": "a#b#",
    "strcontains(s, 'foo')": "1",
    "strcontains(s, 'FOO')": "0",
    "strcontains(s, 'FOO', 1)": "1",
    "startsWith(s, 'xy')": "1",
    "endsWith(s, 'xy')": "0",
    "urldecode('a%20b')": "a b",
    "base64decode('aGk=')": "hi",
    "jsonStringify(split('a,b', ','))": '["a","b"]',
    "jsonArraySize('[1, 2, 3]')": "3",
    "jsonArrayContains('[1, 2]', 2)": "1",
    "isValidIp('2001:db8::1')": "1",
    "isValidIp('1.2.3.256')": "0",
    "isValidIpv4('1.2.3.4')": "1",
    "isValidIpv6('1.2.3.4')": "0",
    "isValidIpv6('1::2::3')": "0",
    "isIpInSubnet('2001:db8:1::9', '2001:db8::/32')": "1",
    "isIpInSubnet('10.1.2.3', '10.0.0.0/8')": "1",
    "isIpv4InSubnet('11.1.2.3', '10.0.0.0/8')": "0",
    "isIpv6InSubnet('::1', '::/127')": "1",
    "bin(1h)": "2026-11-23 10:00:00.000",
    "datefloor(@timestamp, 1d)": "2026-11-23 00:00:00.000",
    "dateceil(@timestamp, 1h)": "2026-11-23 11:00:00.000",
    "dateceil(datefloor(@timestamp, 1h), 1h)": "2026-11-23 10:00:00.000",
    "datefloor(@timestamp, 1w)": "2026-11-23 00:00:00.000",
    "datefloor(@timestamp, 1mo)": "2026-11-01 00:00:00.000",
    "datefloor(@timestamp, 1q)": "2026-10-01 00:00:00.000",
    "datefloor(@timestamp, 1y)": "2026-01-01 00:00:00.000",
    "toMillis(@timestamp)": "1795430730500",
    "fromMillis(1795430730500)": "2026-11-23 10:45:30.500",
    "formatDate(@timestamp, 'yyyy-MM-dd HH:mm:ss.SSS')": "2026-11-23 10:45:30.500",
}


@pytest.mark.parametrize(("expression", "expected"), ARITHMETIC.items(), ids=ARITHMETIC)
def test_an_operator_or_function_returns_what_is_documented(ask, expression, expected):
    events = [{"timestamp": "2026-11-23T10:45:30.500Z", "s": "xyZfooxyZ", "n": 2}]

    assert ask(f"fields {expression} as result", events) == [{"result": expected}]


AGGREGATES = {
    "count(*)": "5",
    "count()": "5",
    "count(n)": "4",
    "count_distinct(word)": "2",
    "sum(n)": "16",
    "avg(n)": "4",
    "min(n)": "1",
    "max(n)": "10",
    "stddev(n)": "3.5355339059327378",
    "pct(n, 50)": "2.5",
    "pct(n, 100)": "10",
    "earliest(word)": "b",
    "latest(word)": "a",
    "sortsFirst(word)": "a",
    "sortsLast(word)": "b",
    "100 * sum(n) / count(*)": "320",
}


@pytest.mark.parametrize(("expression", "expected"), AGGREGATES.items(), ids=AGGREGATES)
def test_an_aggregate_returns_what_is_documented(ask, expression, expected):
    events = [
        {"n": 1, "word": "b"},
        {"n": 2, "word": "a"},
        {"n": 3},
        {"n": 10, "word": "a"},
        {"word": "a"},
    ]

    assert ask(f"stats {expression} as result", events) == [{"result": expected}]


REFUSED = {
    "an unknown function": ("fields nope(a)", "there is no function nope()", 8),
    "too many arguments": ("fields abs(a, b)", "abs() takes 1 argument(s)", 8),
    "an aggregate outside stats": ("filter count(*) > 1", "count() is an aggregate", 8),
    "a field that is no group": (
        "stats count(*) + a by b",
        "'a' is neither in an aggregate function nor a group",
        18,
    ),
    "an eleventh stats": (" | ".join(["stats count(*) as n"] * 11), "at most 10 stats", 221),
    "a sort before two stats": (
        "sort a | stats count(*) as n | stats max(n)",
        "come after the last stats",
        1,
    ),
    "a command after dedup": ("dedup a | sort b", "only limit can follow dedup", 11),
    "bin after stats": (
        "stats count(*) as n | stats max(n) by bin(1h)",
        "bin() needs @timestamp",
        39,
    ),
    "a period where none can be": ("fields abs(5m)", "a period stands only in", 12),
    "a percentile above 100": ("stats pct(a, 101)", "a number from 0 to 100", 14),
    "a broken regex": ("filter a like /(/", "this is not a regular expression", 15),
}


@pytest.mark.parametrize(("query", "reason", "column"), REFUSED.values(), ids=REFUSED)
def test_what_logs_insights_does_not_have_is_refused_with_its_place(ask, query, reason, column):
    with pytest.raises(QueryError) as refused:
        ask(query, [{}])

    assert reason in str(refused.value)
    assert refused.value.column == column
