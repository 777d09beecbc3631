using System.Collections.Immutable;
using AudienceSync.Fakes;

namespace AudienceSync.Http;

public sealed class RouteTableTests
{
    private readonly RouteTable _routes = new(new Dictionary<string, ImmutableArray<string>>
    {
        ["api/v1/segments"] = ["GET", "HEAD"],
        ["api/v1/segments/{id}"] = ["GET", "HEAD", "PATCH"],
        ["api/v1/segments/preview"] = ["POST"],
    });

    [Theory]
    [InlineData("POST", "/api/v1/segments", 405, "GET, HEAD, OPTIONS", "method_not_allowed")]
    [InlineData("DELETE", "/api/v1/segments/preview", 405, "GET, HEAD, OPTIONS, PATCH, POST", "method_not_allowed")]
    [InlineData("OPTIONS", "/api/v1/segments/seg_1", 204, "GET, HEAD, OPTIONS, PATCH", null)]
    [InlineData("GET", "/api/v1/segment", 404, "", "unknown_path")]
    [InlineData("OPTIONS", "/api/v1/segment", 404, "", "unknown_path")]
    public async Task Answer_WhatNoFunctionTakes_SaysWhy(string method, string path, int status, string allow, string? code)
    {
        var request = Requests.To(method, path);

        var body = await _routes.Answer(request).SendAsync(request.HttpContext);

        request.HttpContext.Response.StatusCode.ShouldBe(status);
        request.HttpContext.Response.Headers.Allow.ToString().ShouldBe(allow);
        body?["code"]?.GetValue<string>().ShouldBe(code);
    }
}
