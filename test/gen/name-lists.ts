/** Family names, the common ones first: drawn by Zipf's law, so that some meet often. */
export const FAMILY_NAMES =
  `Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson Thomas Taylor Moore
  Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen
  Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Müller Schmidt Schneider Fischer Weber Meyer Wagner
  Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange
  Dubois Laurent Lefèvre Moreau Girard Bonnet Rousseau Rossi Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo
  Kowalski Nowak Wiśniewski Wójcik Kamiński Lewandowski Zieliński Szymański Novák Svoboda Dvořák Horváth Nagy Tóth Popescu Ionescu
  Ivanov Petrov Sidorov Kuznetsov Popov Volkov Sokolov Papadopoulos Georgiou Yılmaz Kaya Demir Şahin Çelik Öztürk Hansen Johansen Olsen
  Larsen Andersson Johansson Karlsson Nilsson Virtanen Korhonen Nielsen Jensen Sørensen Li Wang Zhang Liu Chen Yang Huang Zhao Wu Zhou
  Xu Sun Ma Zhu Kim Park Choi Jung Tanaka Suzuki Sato Takahashi Watanabe Patel Singh Kumar Sharma Gupta Khan Ali Ahmed Hussain Rahman
  Silva Santos Oliveira Souza Pereira Ferreira Almeida Costa Carvalho Gomes Okafor Adeyemi Mensah Diallo Traoré Cohen Levy Mizrahi
  O'Brien O'Connor Murphy Kelly Byrne Ryan Walsh`.split(/\s+/);

/** Given names with what people also write for them: nicknames, other spellings, other scripts. The first spelling is the passport's. */
export const GIVEN_NAMES = `
William Bill Will Billy|Robert Bob Rob Bobby|James Jim Jimmy|John Jack Johnny|Michael Mike Mick|David Dave|Richard Rick Dick|Joseph Joe
Thomas Tom|Christopher Chris|Daniel Dan Danny|Matthew Matt|Anthony Tony|Steven Steve|Edward Ed Ted|Andrew Andy Drew|Joshua Josh
Kenneth Ken|Timothy Tim|Gregory Greg|Benjamin Ben|Samuel Sam|Alexander Alex Sasha|Nicholas Nick|Jonathan Jon|Peter Pete|Frederick Fred
Elizabeth Liz Beth Betty|Jennifer Jen Jenny|Patricia Pat Patty|Margaret Maggie Peggy Meg|Katherine Kate Kathy Katie|Susan Sue
Jessica Jess|Barbara Barb|Rebecca Becky|Deborah Debbie|Stephanie Steph|Victoria Vicky Tori|Christine Chris Tina|Samantha Sam
Amanda Mandy|Melissa Mel|Kimberly Kim|Pamela Pam|Jacqueline Jackie|Abigail Abby|Theresa Terry|Alexandra Alex Sasha|Natalie Nat
Sergey Sergei Сергей|Dmitry Dmitri Дмитрий|Alexey Aleksei Алексей|Yulia Julia Юлия|Natalya Natalia Наталья|Ekaterina Katya Екатерина
Mikhail Михаил|Vladimir Vlad Владимир|Yevgeny Evgeny Евгений|Giorgos George Γιώργος|Eleni Helen Ελένη|Nikos Nicholas Νίκος
Jürgen Juergen Jurgen|Björn Bjoern Bjorn|Jörg Joerg Jorg|Günter Guenter Gunter|Käthe Kaethe Kathe|Søren Soren|Åsa Asa|Łukasz Lukasz
Zoë Zoe|Chloé Chloe|José Jose Pepe|François Francois|Andrés Andres|Jesús Jesus|Begoña Begona|Ayşe Ayse|Çağlar Caglar|Gökhan Gokhan
Mohammed Muhammad Mohamed|Ahmed Ahmad|Yusuf Youssef Joseph|Fatima Fatma|Aisha Ayesha|Xiaoming Xiao-Ming|Wei Wei|Jing Jing|Mei-Ling Meiling
Hiroshi Hiro|Yuki Yuki|Priya Priya|Rahul Rahul|Ananya Anu|Olumide Olu|Chinedu Nedu|Amara Amara|Kwame Kwame|Ingrid Inge|Lars Lars
Anna Ann|Maria Mary|Sofia Sophia|Emma Em|Olivia Liv|Isabella Bella|Lukas Lucas|Leon Leo|Felix Felix|Marco Marc|Giulia Julia|Elena Helena
Hannah Hanna|Sarah Sara|Rachel Rach|Laura Laurie|Nicole Nicky|Brian Bryan|Jeffrey Jeff Geoff|Stephen Steve|Eric Erik|Philip Phil
Catherine Cathy Cat|Ines Inês|Pablo Paul|Diego Diego|Carlos Carl|Juan Juan|Miguel Mike|Rafael Rafa|Teresa Tere|Carmen Carmen`
  .trim()
  .split(/[|\n]/)
  .map((line) => line.split(' '));

export const CITIES =
  'London Manchester Birmingham Leeds Bristol Berlin Hamburg München Köln Frankfurt Paris Lyon Marseille Madrid Barcelona Valencia Lisboa Porto Roma Milano Warszawa Kraków Praha Budapest Wien Zürich Amsterdam Rotterdam Stockholm Oslo København Helsinki Dublin Chicago Boston Seattle Austin Denver Portland Toronto'.split(
    ' ',
  );
export const STREETS =
  'High Church Station Mill Park Garden Bridge Castle Forest River Oak Maple Cedar Elm Lake Hill Valley Market King Queen School Spring Meadow Orchard Harbour'.split(
    ' ',
  );
export const STREET_KINDS = 'Street Road Lane Avenue Way Place'.split(' ');
export const EMPLOYERS =
  'Acme Globex Initech Umbra Vandelay Hooli Stark Wayne Wonka Tyrell Cyberdyne Soylent Aperture Gringotts Monarch Virtucon Nakatomi Oceanic Dunder Sterling'.split(
    ' ',
  );
export const EMPLOYER_FORMS = ['', ' Inc', ' GmbH', ' Ltd.', ' Group', ' Labs', ' Systems', ' Health', ' Logistics', ' Energy'];
export const MAIL_DOMAINS = [
  'gmail.com',
  'gmail.com',
  'gmail.com',
  'outlook.com',
  'hotmail.com',
  'yahoo.com',
  'icloud.com',
  'gmx.de',
  'web.de',
  'proton.me',
];
