// SPDX-License-Identifier: LGPL-2.1-or-later
// cscript document.js http://host:port nobody's-url: DOMDocument.load of URLs of every kind.
var base = WScript.Arguments(0);

function say(text)
{
    WScript.Echo(text);
}

// Looks for messages: a synchronous request does while it waits, WScript.Sleep is not in Wine.
function nap()
{
    var http = new ActiveXObject("MSXML2.XMLHTTP.3.0");
    http.open("GET", base + "/nap", false);
    http.send();
}

function load(what, url, async)
{
    var document = new ActiveXObject("MSXML2.DOMDocument.3.0");
    document.async = !!async;
    try
    {
        var result = document.load(url);
        for (var i = 0; async && document.readyState != 4 && i < 300; i++)
            nap();
        say(what + ": " + result + " " + document.readyState + " " +
            (document.documentElement ? document.documentElement.nodeName + " " +
            document.documentElement.childNodes.length : "nothing"));
        if (!document.documentElement)
            say(what + ": error " + (document.parseError.errorCode != 0));
    }
    catch (error)
    {
        say(what + ": exception " + (error.number >>> 0).toString(16));
    }
}

load("http", base + "/list.xml");
load("http, async", base + "/list.xml", true);
load("http, slow", base + "/slow.xml");
load("http, redirected", base + "/redirect.xml");
load("http, large", base + "/large.xml");
load("http, by its file name", base + "/plain.xml");
load("http, absent", base + "/absent.xml");
load("http, broken", base + "/broken.xml");
load("nobody", WScript.Arguments(1) + "/list.xml");
load("path", "C:\\interop\\list.xml");
load("name", "list.xml");
load("slashes", "C:/interop/list.xml");
load("file", "file:///C:/interop/list.xml");
load("file, escaped", "file:///C:/interop/a%20list.xml");
load("path with a space", "C:\\interop\\a list.xml");
load("absent file", "C:\\interop\\absent.xml");
load("absent drive", "file:///Q:/absent.xml");
load("no scheme of anybody", "nonsense:list.xml");
say("end");
