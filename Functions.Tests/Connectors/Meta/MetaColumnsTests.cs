using AudienceSync.Values;

namespace AudienceSync.Connectors.Meta;

/// <summary>Meta's table: what is written for each value. The comment says what was hashed.</summary>
public sealed class MetaColumnsTests
{
    [Theory]
    [InlineData("EMAIL", "  Ana@Example.COM ", "8e43ca37701228e74983efdbd0cff5c16b3b1e5d4e29a7c05626d4d25a018e11")] // ana@example.com
    [InlineData("EMAIL", "user1@example.com", "b36a83701f1c3191e19722d6f90274bc1b5501fe69ebf33313e440fe4b0fe210")] // user1@example.com
    [InlineData("EMAIL", "   ", "")] // nothing is left
    [InlineData("PHONE", "+1-555-123-4567", "d6736136ea896c1bfdc553e0e86e702c70d060d805696ca3e4e9e0961353860a")] // 15551234567
    [InlineData("PHONE", "+1 (650) 555-1212", "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176")] // 16505551212
    [InlineData("PHONE", "00919876543210", "92b5072176e723878b5e06ff3ca61898e4eb74e8c46642a0f2db800b17364ab0")] // 919876543210
    [InlineData("PHONE", "+44 20 7946 0958", "35e206e5dec4c89b9e8b71b8c32724a5bb518483ac5a20c6617d738375b3b823")] // 442079460958
    [InlineData("PHONE", "+0000000000", "")] // nothing is left
    [InlineData("GEN", "Male", "62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a")] // m
    [InlineData("GEN", " F ", "252f10c83610ebca1a059c0bae8255eba2f95be4d1d7bcfa89d7248a82d9f111")] // f
    [InlineData("GEN", "woman", "252f10c83610ebca1a059c0bae8255eba2f95be4d1d7bcfa89d7248a82d9f111")] // f
    [InlineData("GEN", "diverse", "")] // nothing is left
    [InlineData("DOBY", "1990", "a7be8e1fe282a37cd666e0632b17d933fa13f21addf4798fc0455bc166e2488c")] // 1990
    [InlineData("DOBY", " 1990. ", "a7be8e1fe282a37cd666e0632b17d933fa13f21addf4798fc0455bc166e2488c")] // 1990
    [InlineData("DOBY", "1990-05-07", "a7be8e1fe282a37cd666e0632b17d933fa13f21addf4798fc0455bc166e2488c")] // 1990
    [InlineData("DOBY", "1899", "")] // nothing is left
    [InlineData("DOBY", "90", "")] // nothing is left
    [InlineData("DOBM", "January", "938db8c9f82c8cb58d3f3ef4fd250036a48d26a712753d2fde5abd03a85cabf4")] // 01
    [InlineData("DOBM", "december", "6b51d431df5d7f141cbececcf79edf3dd861c3b4069f0b11661a3eefacbba918")] // 12
    [InlineData("DOBM", "5", "c97550ce8213ef5cf6ed4ba48790c137df3ef6a5da20b48961001a634b6cead2")] // 05
    [InlineData("DOBM", "05", "c97550ce8213ef5cf6ed4ba48790c137df3ef6a5da20b48961001a634b6cead2")] // 05
    [InlineData("DOBM", "1990-05-07", "c97550ce8213ef5cf6ed4ba48790c137df3ef6a5da20b48961001a634b6cead2")] // 05
    [InlineData("DOBM", "13", "")] // nothing is left
    [InlineData("DOBM", "notamonth", "")] // nothing is left
    [InlineData("DOBD", "7", "19b100ab7725c612f3d80ff203ca53cea5cadaafae3bf0f88f0fb4089fe08815")] // 07
    [InlineData("DOBD", " 05 ", "c97550ce8213ef5cf6ed4ba48790c137df3ef6a5da20b48961001a634b6cead2")] // 05
    [InlineData("DOBD", "1990-05-07", "19b100ab7725c612f3d80ff203ca53cea5cadaafae3bf0f88f0fb4089fe08815")] // 07
    [InlineData("DOBD", "32", "")] // nothing is left
    [InlineData("DOBD", "0", "")] // nothing is left
    [InlineData("FN", "Mary-Jane", "f08f448a5e7a9dc3619bb7c129f6a7d5fc6af002cea17ad71dfdc1c68f4d4e0e")] // maryjane
    [InlineData("FN", " Valéry ", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c")] // valéry
    [InlineData("FN", "정", "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14")] // 정
    [InlineData("FN", "John Smith1", "5364fa4ba4a9101bb8f6bd3d80dac99a3e244d660df445711552ad1aa5ccd482")] // john smith1
    [InlineData("FN", "«Zoë»", "2752b88686847fa5c86f47b94ce652b7b3f22a91c37617d451a4db9afa431450")] // zoë
    [InlineData("FN", "-", "")] // nothing is left
    [InlineData("LN", "O'Brien", "b4cb6cb33fe4b865868de825023a1e2790dc12ac01ecc8d7c5afe8254071c8ba")] // obrien
    [InlineData("LN", "Doe", "799ef92a11af918e3fb741df42934f3b568ed2d93ac1df74f1b8d41a27932a6f")] // doe
    [InlineData("LN", "van der Berg", "a6fe68a719fbd8e4466cb6992d9a64dd1f6837e26dfc5a024f1393f51d3737c0")] // van der berg
    [InlineData("FI", "John", "189f40034be7a199f1fa9891668ee3ab6049f82d38c68be70f596eab2e1857b7")] // j
    [InlineData("FI", " é", "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c")] // é
    [InlineData("FI", "'t Hooft", "e3b98a4da31a127d4bde6e43033f66ba274cab0eb7eb1c70ec41402bf6273dd8")] // t
    [InlineData("FI", "1", "")] // nothing is left
    [InlineData("CT", "San Francisco", "1a6bd4d9d79dc0a79b53795c70d3349fa9e38968a3fbefbfe8783efb1d2b6aac")] // sanfrancisco
    [InlineData("CT", "los_angeles", "8760663bb25fa79f35c2c14fb9c6bcbe444a8c938491cd24fe684a7056c9dbc4")] // losangeles
    [InlineData("CT", "Köln", "72903358b624f52cbea526d61506f68b2943ff6da81d9c94b931ffac00703c29")] // köln
    [InlineData("CT", "St. John's 2", "2019e98e51ffecdc3bfa8879524f5c7b8553b94a8bbb0d5fad3649f627dc0dba")] // stjohns
    [InlineData("ST", "California", "6959097001d10501ac7d54c0bdb8db61420f658f2922cc26e46d536119a31126")] // ca
    [InlineData("ST", "CA", "6959097001d10501ac7d54c0bdb8db61420f658f2922cc26e46d536119a31126")] // ca
    [InlineData("ST", "New York", "1b06e2003f8420d6fa42badd8f77ec0f706b976b7a48b13c567dc5a559681683")] // ny
    [InlineData("ST", "newyork", "1b06e2003f8420d6fa42badd8f77ec0f706b976b7a48b13c567dc5a559681683")] // ny
    [InlineData("ST", "North Carolina", "0be477336d3e1a8d45d820aa54755092e2ec5e0751ccdf93a8fa8fa1e10bd753")] // nc
    [InlineData("ST", "British Columbia", "b41ee663617b95c2d688535379f3f0eea69208543d3f6390f942efe9bc358f0b")] // britishcolumbia
    [InlineData("ST", "Bavaria", "542e2cb66b44892896ac725b78dca7bb155db1280f9974b5cf07db1d483ba327")] // bavaria
    [InlineData("ZIP", "94035-1234", "1794327a4d443904421f5ca1f3d72d0a62ba2f0770d80755ec2220fc0efb052e")] // 94035
    [InlineData("ZIP", " 90210 ", "b83c588da0c6931625f42e0948054a3ade722bfd02c27816305742ed7390ac6c")] // 90210
    [InlineData("ZIP", "940351234", "1794327a4d443904421f5ca1f3d72d0a62ba2f0770d80755ec2220fc0efb052e")] // 94035
    [InlineData("ZIP", "M1 1AE", "1dc694c2070e697769fb959b50671d76cafd430d8ca191fbdd0affcaea344ac5")] // m11ae
    [InlineData("ZIP", "SW1A 1AA", "830e1d4b9838bab1f5c2acdb23e0b502ff13a9832c4632e8d67a1d43d3b7f614")] // sw1a1aa
    [InlineData("ZIP", "  K1A 0A6  ", "88bb605b795a6637a208420a8fb91caff1c1d332a5a218cabf16d3e88d905b2d")] // k1a0a6
    [InlineData("ZIP", "00-950", "157c5bb53cacd69115a429c3a9257890995f3410caf57a12e1959f70c7b3fbec")] // 00950
    [InlineData("COUNTRY", "US", "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621")] // us
    [InlineData("COUNTRY", "  gb ", "0b407281768f0e833afef47ed464b6571d01ca4d53c12ce5c51d1462f4ad6677")] // gb
    [InlineData("COUNTRY", "U.S.", "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621")] // us
    [InlineData("COUNTRY", "USA", "")] // nothing is left
    [InlineData("COUNTRY", "United States", "")] // nothing is left
    [InlineData("COUNTRY", "U1", "")] // nothing is left
    [InlineData("COUNTRY", "12", "")] // nothing is left
    public void Of_Value_IsTheDigestOfItsNormalForm(string field, string value, string digest) => Of(field, value).ShouldBe(digest);

    [Theory]
    [InlineData("EXTERN_ID", "ext-001", "ext-001")]
    [InlineData("EXTERN_ID", " Ext 1", " Ext 1")]
    [InlineData("MADID", "AB12CD-E345-FG67", "ab12cd-e345-fg67")]
    public void Of_UnhashedColumn_IsPlain(string field, string value, string expected) => Of(field, value).ShouldBe(expected);

    [Theory]
    [InlineData("EMAIL")]
    [InlineData("PHONE")]
    [InlineData("DOBM")]
    [InlineData("GEN")]
    [InlineData("CT")]
    [InlineData("ZIP")]
    [InlineData("COUNTRY")]
    public void Of_Digest_IsPassedOnInLowerCase(string field) => Of(field, "1F2D8F9A21A1AA71AA9ECB5C4A81B2A1AFB7BDEAA1AA3DA8AE5DE0A45A7ABCDE")
        .ShouldBe("1f2d8f9a21a1aa71aa9ecb5c4a81b2a1afb7bdeaa1aa3da8ae5de0a45a7abcde");

    [Fact]
    public void Of_BirthDateCell_GivesItsParts()
    {
        var row = new Row([.. new[] { "DOBY", "DOBM", "DOBD" }.Select(field => KeyValuePair.Create(field, Cell.Of(new DateOnly(1990, 5, 7))))]);

        Rule("DOBY").Of(row).ShouldBe("a7be8e1fe282a37cd666e0632b17d933fa13f21addf4798fc0455bc166e2488c"); // 1990
        Rule("DOBM").Of(row).ShouldBe(Of("DOBM", "May"));
        Rule("DOBD").Of(row).ShouldBe(Of("DOBD", "7"));
    }

    /// <summary>Every month by its name, and the first three letters of it.</summary>
    [Fact]
    public void Of_MonthNames_AreTheirNumbers()
    {
        foreach (var (index, name) in System.Globalization.CultureInfo.InvariantCulture.DateTimeFormat.MonthNames[..12].Index())
        {
            var number = Of("DOBM", $"{index + 1}");
            number.ShouldNotBeEmpty();
            Of("DOBM", name).ShouldBe(number, name);
            Of("DOBM", name[..3]).ShouldBe(number, name);
        }
    }

    private static Kit.IdentifierRule Rule(string field) => MetaColumns.All.Single(rule => rule.Field == field);

    private static string Of(string field, string value) => Rule(field).Of(new Row([KeyValuePair.Create(field, Cell.Of(value))]));
}
