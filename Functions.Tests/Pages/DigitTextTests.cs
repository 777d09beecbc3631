using System.Globalization;
using System.Text;
using AudienceSync.Pages.Columns;

namespace AudienceSync.Pages;

public sealed class DigitTextTests
{
    [Fact]
    public void Read_DigitsOfEveryLength_IsTheNumber()
    {
        var random = new Random(1);
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, DigitText.MaxDigits + 1)).Select(_ => random.Next(random.Next(2) == 0 ? 10 : 1)));

            DigitText.Read(Encoding.ASCII.GetBytes(text)).ShouldBe(long.Parse(text, CultureInfo.InvariantCulture), text);
        }
    }

    [Fact]
    public void Read_AByteThatIsNoDigit_IsMinusOne()
    {
        foreach (var length in Enumerable.Range(1, DigitText.MaxDigits))
        {
            for (var value = 0; value < 256; value++)
            {
                for (var place = 0; place < length && value is < '0' or > '9'; place++)
                {
                    var digits = Encoding.ASCII.GetBytes(new string('7', length));
                    digits[place] = (byte)value;

                    DigitText.Read(digits).ShouldBe(-1, $"{value} at {place} of {length}");
                }
            }
        }
    }

    [Fact]
    public void TryWrite_NumbersOfEveryLength_AreTheirDigitsWithZerosBeforeThem()
    {
        var random = new Random(2);
        for (var round = 0; round < 20_000; round++)
        {
            var number = random.NextInt64() >> random.Next(63);
            var digits = new byte[random.Next(1, DigitText.MaxDigits + 2)];
            var expected = number.ToString(CultureInfo.InvariantCulture);

            var isWritten = DigitText.TryWrite((ulong)number, digits);

            isWritten.ShouldBe(expected.Length <= digits.Length, $"{number} in {digits.Length}");
            if (isWritten)
            {
                Encoding.ASCII.GetString(digits).ShouldBe(expected.PadLeft(digits.Length, '0'));
            }
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(9, 1)]
    [InlineData(10, 2)]
    [InlineData(999_999_999_999_999_999, 18)]
    public void Count_Number_IsThatOfItsDigits(long number, int digits) => DigitText.Count((ulong)number).ShouldBe(digits);
}
