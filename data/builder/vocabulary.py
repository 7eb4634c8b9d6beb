"""Words for planted junk and planted personal data. All of it is made up or set aside for examples."""

KEYWORDS: list[tuple[str, list[str]]] = [
    (
        "en",
        ["Eiffel Tower", "Eiffel Tower tickets", "Paris tower tour", "skip the line Eiffel", "tower summit"],
    ),
    (
        "en",
        ["cheap flights", "last minute flights", "flight deals", "low cost airline", "book flights online"],
    ),
    (
        "en",
        ["running shoes", "trail running shoes", "best running shoes", "discount sneakers", "marathon shoes"],
    ),
    (
        "en",
        ["car insurance", "auto insurance quotes", "cheap car insurance", "insurance rates", "free quote"],
    ),
    ("en", ["weight loss", "fat burner", "slimming pills", "lose belly fat", "diet plan", "keto diet"]),
    ("de", ["Kredit ohne Schufa", "Sofortkredit", "günstiger Kredit", "Kreditvergleich", "Online Kredit"]),
    ("en", ["web hosting", "cheap web hosting", "unlimited hosting", "domain registration", "vps server"]),
    (
        "en",
        ["wedding photographer", "wedding photos", "bridal portraits", "photo studio", "event photography"],
    ),
    (
        "fr",
        ["serrurier pas cher", "dépannage serrurerie", "ouverture de porte", "serrurier urgence", "blindage"],
    ),
    ("en", ["garden furniture", "patio set", "rattan chairs", "outdoor table", "teak bench", "garden sale"]),
    ("en", ["mobile phone repair", "screen replacement", "phone battery", "unlock phone", "repair shop"]),
    ("en", ["plumber", "emergency plumber", "24 hour plumber", "blocked drain", "boiler repair"]),
    (
        "de",
        ["Ferienwohnung Ostsee", "Urlaub an der Ostsee", "Strandhaus mieten", "Ferienhaus", "Zimmer frei"],
    ),
    ("en", ["online casino", "free spins", "slot machines", "poker bonus", "jackpot slots", "blackjack"]),
    (
        "en",
        ["used cars", "second hand cars", "car dealer", "cheap used cars", "car finance", "certified cars"],
    ),
    ("en", ["dog food", "grain free dog food", "puppy food", "organic pet food", "dog treats"]),
    (
        "fr",
        [
            "location voiture",
            "voiture de location",
            "louer une voiture",
            "location utilitaire",
            "auto discount",
        ],
    ),
    ("en", ["essay writing service", "buy essay", "custom essays", "term paper help", "cheap essays"]),
    ("en", ["crypto wallet", "buy bitcoin", "bitcoin exchange", "crypto trading bot", "altcoin signals"]),
    ("en", ["kitchen cabinets", "kitchen remodel", "granite countertops", "cabinet doors", "kitchen design"]),
]
CITIES = [
    "London", "Berlin", "Paris", "Madrid", "Chicago", "Boston", "Denver", "Lyon", "Leeds", "Hamburg",
    "Austin", "Dublin", "Seattle", "Munich", "Bristol", "Nice", "Dallas", "Vienna", "Geneva", "Porto",
    "Miami", "Oslo",
]  # fmt: skip
SPAM_SENTENCES = {
    "en": [
        "Looking for {0}? Our {1} is the {2} you need.",
        "Best {0} in {city}, {1} and {2}, {3}!",
        "Buy {0}, compare {1}, order {2} today.",
        "{0} {1} {2} {city} {3}.",
        "Click here for {0} and {1} {city} {0}.",
    ],
    "de": [
        "Sie suchen {0}? Hier gibt es {1}, {2} und {3}!",
        "{0} {city}: {1} jetzt, {2} sofort.",
        "Top {0} {1} {2} {city} {3}.",
        "Jetzt {0} vergleichen, {1} sichern, {2}!",
    ],
    "fr": [
        "Vous cherchez {0} ? Notre {1}, {2} et {3} !",
        "{0} {city} : {1}, {2}, {0}.",
        "Meilleur {0} {1} {city} {2} {3}.",
        "Devis {0} gratuit, {1}, {2} !",
    ],
}
SYLLABLES = [
    "ba", "bre", "chi", "cor", "da", "del", "dru", "en", "fa", "fli", "gor", "gu", "hal", "ik", "jo", "ka",
    "kre", "lo", "lum", "ma", "mir", "mon", "na", "nox", "or", "pa", "pli", "qua", "ra", "rin", "sa",
    "shu", "sol", "ta", "thri", "tor", "ul", "va", "ven", "wa", "xi", "yor", "za", "zim",
]  # fmt: skip
MENU_WORDS = {
    "en": [
        "Home", "About us", "Products", "Services", "News", "Blog", "Contact", "Login", "Register",
        "My account", "Basket (0)", "Wish list", "Help", "FAQ", "Terms", "Privacy", "Cookies", "Imprint",
        "Sitemap", "Careers", "Press", "Newsletter", "Follow us", "Facebook", "RSS", "Back to top",
        "Print", "Share", "Search", "Shipping", "Returns", "Gift cards", "Store finder",
        "Language: English", "Accessibility", "Partners", "Downloads",
    ],
    "de": [
        "Startseite", "Über uns", "Produkte", "Leistungen", "Aktuelles", "Kontakt", "Anmelden",
        "Registrieren", "Mein Konto", "Warenkorb (0)", "Merkzettel", "Hilfe", "AGB", "Datenschutz",
        "Impressum", "Sitemap", "Presse", "Karriere", "Newsletter", "Versand", "Rückgabe", "Drucken",
        "Teilen", "Suche", "Nach oben", "Gutscheine", "Filialen", "Sprache: Deutsch", "Barrierefreiheit",
        "Partner", "Downloads", "Zahlungsarten",
    ],
    "fr": [
        "Accueil", "À propos", "Produits", "Services", "Actualités", "Contact", "Connexion", "Inscription",
        "Mon compte", "Panier (0)", "Favoris", "Aide", "CGV", "Confidentialité", "Mentions légales",
        "Plan du site", "Presse", "Carrières", "Infolettre", "Livraison", "Retours", "Imprimer",
        "Partager", "Recherche", "Haut de page", "Cartes cadeaux", "Magasins", "Langue : français",
        "Accessibilité", "Partenaires",
    ],
}  # fmt: skip
MENU_TITLES = {
    "en": [
        "Cameras", "Laptops", "Printers", "Headphones", "Garden", "Kitchen", "Books", "Toys", "Sports",
        "Fitness", "Cycling", "Camping", "Shoes", "Jackets", "Jewellery", "Watches", "Lighting", "Bedding",
        "Tools", "Paint", "Pets", "Baby", "Health", "Beauty", "Music", "Films", "Games", "Office",
        "Travel", "Wine", "Coffee", "Tea", "Politics", "Economy", "Science", "Weather", "Opinion",
        "Letters", "Obituaries", "Crosswords", "Local",
    ],
    "de": [
        "Kameras", "Notebooks", "Drucker", "Kopfhörer", "Garten", "Küche", "Bücher", "Spielzeug", "Sport",
        "Fahrrad", "Camping", "Schuhe", "Jacken", "Schmuck", "Uhren", "Leuchten", "Betten", "Werkzeug",
        "Farben", "Tiere", "Baby", "Gesundheit", "Musik", "Filme", "Spiele", "Büro", "Reisen", "Wein",
        "Kaffee", "Politik", "Wirtschaft",
    ],
    "fr": [
        "Appareils photo", "Ordinateurs", "Imprimantes", "Casques", "Jardin", "Cuisine", "Livres",
        "Jouets", "Sports", "Vélo", "Camping", "Chaussures", "Vestes", "Bijoux", "Montres", "Luminaires",
        "Literie", "Outils", "Peinture", "Animaux", "Bébé", "Santé", "Musique", "Films", "Jeux", "Bureau",
        "Voyages", "Vins", "Café", "Politique",
    ],
}  # fmt: skip
BOILERPLATE = (
    "You are reading a page of the Riverbend Technical Library. The library is kept by volunteers "
    "and its pages are copied from many places, so they may be out of date when you read them. "
    "Please tell the desk on the second floor when something is wrong, quote the number on the "
    "shelf, and do not remove this note from the page. Opening hours are posted at the entrance and "
    "change with the season."
)
FIRST_NAMES = ["anna", "marcus", "julia", "tom.henrik", "lea", "piotr", "carmen", "oliver", "sofie", "nadia"]
LAST_NAMES = ["albrecht", "moreau", "fields", "novak", "santos", "whitlock", "brandt", "keller", "okafor"]
# RFC 2606 sets these endings aside: no such address can exist.
MAIL_HOSTS = ["mail.brookfield.example", "kontor-nord.test", "post.lumiere.example", "web.okavango.example"]
# Addresses of public name servers (root servers, open resolvers): public, and nobody's home.
PUBLIC_IPS = [
    "198.41.0.4", "192.33.4.12", "199.7.91.13", "192.203.230.10", "192.5.5.241", "198.97.190.53",
    "192.36.148.17", "192.58.128.30", "193.0.14.129", "199.7.83.42", "202.12.27.33", "8.8.4.4", "9.9.9.9",
    "208.67.222.222",
]  # fmt: skip
# Ranges that regulators keep for fiction: NANPA 555-01xx, Ofcom, Bundesnetzagentur, ARCEP.
PHONES = {
    "en": ["+1 202-555-0{0:03d}", "(415) 555-0{0:03d}", "+44 20 7946 0{1:03d}", "07700 900{1:03d}"],
    "de": ["+49 30 23125 {1:03d}", "(069) 90009 {1:03d}", "+49 89 99998 {1:03d}"],
    "fr": ["+33 6 39 98 {2:02d} {3:02d}", "01 99 00 {2:02d} {3:02d}"],
}
# Numbers that card schemes and the IBAN registry publish for testing; check digits are right.
CARDS = [
    "4242 4242 4242 4242", "4111111111111111", "5555-5555-5555-4444", "378282246310005",
    "6011111111111117", "5105 1051 0510 5100", "4012888888881881", "371449635398431", "3530111333300000",
]  # fmt: skip
IBANS = [
    "DE89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32", "FR14 2004 1010 0505 0001 3M02 606",
    "ES9121000418450200051332", "CH9300762011623852957", "NL91ABNA0417164300", "BE68 5390 0754 7034",
    "AT611904300234573201",
]  # fmt: skip
PERSONAL_SENTENCES: dict[str, dict[str, list[str]]] = {
    "en": {
        "email": ["Questions about this section go to {}.", "The author can be reached at {} on weekdays."],
        "ip": [
            "The host behind it answered from {} when we tried.",
            "Log entry: connection from {} refused.",
        ],
        "phone": ["Call {} if it does not work.", "The office number is {}, ask for the second desk."],
        "card": ["The order was paid with card {} last week.", "Card on file: {}."],
        "iban": ["Donations may be sent to {} at any time.", "The account is {}."],
        "us_ssn": ["The form lists the social security number {} for him.", "SSN: {}."],
    },
    "de": {
        "email": ["Fragen zu diesem Abschnitt bitte an {} richten.", "Der Autor ist unter {} zu erreichen."],
        "ip": ["Die Anfrage kam von der Adresse {} und wurde abgelehnt."],
        "phone": ["Bei Problemen hilft die Nummer {} weiter.", "Telefon: {}."],
        "card": ["Bezahlt wurde mit der Karte {} in der letzten Woche."],
        "iban": ["Spenden bitte auf das Konto {} überweisen."],
    },
    "fr": {
        "email": ["Pour toute question, écrivez à {} en semaine."],
        "ip": ["La requête venait de {} et a été refusée."],
        "phone": ["En cas de problème, appelez le {} le matin."],
        "card": ["La commande a été réglée avec la carte {} hier."],
        "iban": ["Les dons sont à verser sur le compte {} directement."],
    },
}
