// SPDX-License-Identifier: LGPL-2.1-or-later
// cscript xmlhttp.js http://host:port: what MSXML2.XMLHTTP makes of a server's answers.
var base = WScript.Arguments(0);
var all = []; // a request that is released while it runs is msxml's end

function say(text)
{
    WScript.Echo(text);
}

function attempt(what, action)
{
    try
    {
        action();
    }
    catch (error)
    {
        say(what + ": error " + (error.number ? (error.number >>> 0).toString(16) : error.message));
    }
}

function request(method, path, async)
{
    var http = new ActiveXObject("MSXML2.XMLHTTP.3.0");
    http.open(method, base + path, async);
    all.push(http);
    return http;
}

// Looks for messages: a synchronous request does while it waits, WScript.Sleep is not in Wine.
function nap()
{
    request("GET", "/nap", false).send();
}

function wait(http)
{
    for (var i = 0; http.readyState != 4 && i < 300; i++)
        nap();
}

attempt("get", function ()
{
    var http = request("GET", "/hello", false);
    http.setRequestHeader("X-Question", "how are you");
    http.send();
    say("get: " + http.readyState + " " + http.status + " " + http.statusText);
    say("text: " + http.responseText);
    say("type: " + http.getResponseHeader("Content-Type"));
    say("answer: " + http.getResponseHeader("X-Answer"));
    say("all: " + (http.getAllResponseHeaders().indexOf("X-Answer: how are you") >= 0));
});

attempt("xml", function ()
{
    var http = request("GET", "/list.xml", false);
    http.send();
    say("xml: " + http.status + " " + http.responseXML.documentElement.nodeName + " " +
        http.responseXML.documentElement.childNodes.length);
});

attempt("post", function ()
{
    var http = request("POST", "/echo", false);
    http.setRequestHeader("Content-Type", "text/x-letter");
    http.send("Dear server");
    say("post: " + http.status + " " + http.responseText);
});

attempt("post a document", function ()
{
    var document = new ActiveXObject("MSXML2.DOMDocument.3.0");
    var http = request("POST", "/echo", false);
    document.loadXML("<letter>Dear server</letter>");
    http.send(document);
    say("post a document: " + http.status + " " + http.responseText.replace(/\s+$/, ""));
});

attempt("put", function ()
{
    var http = request("PUT", "/echo", false);
    http.send("put here");
    say("put: " + http.status + " " + http.responseText);
});

attempt("head", function ()
{
    var http = request("HEAD", "/hello", false);
    http.send();
    say("head: " + http.status + " [" + http.responseText + "]");
});

attempt("custom", function ()
{
    var http = request("PROPFIND", "/echo", false);
    http.send();
    say("custom: " + http.status + " " + http.responseText);
});

attempt("not found", function ()
{
    var http = request("GET", "/absent", false);
    http.send();
    say("not found: " + http.status + " " + http.statusText + " " + http.responseText);
});

attempt("server error", function ()
{
    var http = request("GET", "/error", false);
    http.send();
    say("server error: " + http.status + " " + http.responseText);
});

attempt("redirect", function ()
{
    var http = request("GET", "/redirect", false);
    http.send();
    say("redirect: " + http.status + " " + http.responseText);
});

attempt("large", function ()
{
    var http = request("GET", "/large", false);
    http.send();
    say("large: " + http.status + " " + http.responseText.length);
});

attempt("async", function ()
{
    var http = request("GET", "/slow", true);
    var states = [];
    http.onreadystatechange = function ()
    {
        states.push(http.readyState);
    };
    http.send();
    say("async: returned " + (http.readyState != 4));
    wait(http);
    say("async: " + http.readyState + " " + http.status + " " + http.responseText);
    say("states: rising " + (states.join("") == states.slice().sort().join("")) + ", last " +
        states[states.length - 1]);
});

attempt("five", function ()
{
    var five = [], texts = [];
    for (var i = 0; i < 5; i++)
    {
        five.push(request("POST", "/echo", true));
        five[i].send("letter " + i);
    }
    for (i = 0; i < 5; i++)
    {
        wait(five[i]);
        texts.push(five[i].responseText);
    }
    say("five: " + texts.join(", "));
});

attempt("abort", function ()
{
    var http = request("GET", "/endless", true);
    http.send();
    nap();
    http.abort();
    say("abort: " + http.readyState);
    http = request("GET", "/hello", false);
    http.send();
    say("after abort: " + http.status);
});

attempt("password", function ()
{
    var http = new ActiveXObject("MSXML2.XMLHTTP.3.0");
    http.open("GET", base + "/private", false, "ann", "secret");
    http.send();
    say("password: " + http.status + " " + http.responseText);
});

attempt("nobody", function ()
{
    var http = new ActiveXObject("MSXML2.XMLHTTP.3.0");
    http.open("GET", WScript.Arguments(1), false);
    http.send();
    say("nobody: sent");
});
say("end");
