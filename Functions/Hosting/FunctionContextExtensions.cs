using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Hosting;

internal static class FunctionContextExtensions
{
    extension(FunctionContext context)
    {
        /// <summary>The answer of an HTTP function: what it returned, or what a middleware put in its place.</summary>
        public IResult? Answer
        {
            get => context.GetInvocationResult().Value as IResult;
            set => context.GetInvocationResult().Value = value;
        }
    }
}
